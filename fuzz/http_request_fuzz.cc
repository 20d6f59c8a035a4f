// A whole connection without its socket: the replies must not depend on how its bytes were split.
// The first byte seeds the splits.

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "coding/byte_buffer.h"
#include "http/exchange.h"

namespace {

using namespace rs::http;

class EchoHandler final : public Handler {
 public:
  Answer handle(const Request& request, const rs::Promise&, Response& response) override {
    // Reads everything a handler may read.
    std::size_t sum = 0;
    for (const Header& field : request.headers) sum += field.name.size() + field.value.size();
    for (const std::string_view known : request.known) sum += known.size();
    for (std::size_t i = 0; i < kBodyPadding; ++i)
      padding_ = request.body.data()[request.body.size() + i];
    response.content_type = "text/plain";
    response.body = std::to_string(sum);
    response.body.append(request.method_text).append(request.path).append(request.query);
    response.body.append(request.body);
    return request.path.size() == 7 ? Answer::kLater : Answer::kNow;
  }
  void settle(rs::Outcome, Response& response) override { response.body += "settled"; }
  void refuse(Refusal refusal, const Request& request, Response& response) override {
    response.body = refusal_label(refusal);
    response.body.append(request.header(Known::kOrigin));
  }

 private:
  volatile char padding_ = 0;
};

class NoMailbox final : public rs::Mailbox {
 public:
  void post(std::span<const rs::Settlement>) override {}
};

std::string talk(std::string_view input, std::mt19937* splits) {
  EchoHandler handler;
  NoMailbox mailbox;
  coding::AssetCache assets;
  ThreadStats stats;
  ServerSettings settings;
  settings.head_bytes_max = 4096;
  settings.body_bytes_max = 2000;
  Turn turn;
  UnfinishedTotal total(settings.unfinished_bytes_max);
  UnfinishedList unfinished(total, total.add_thread(-1));
  Exchange exchange({handler, mailbox, assets, settings, stats, turn, unfinished});
  exchange.outgoing().set_time(0);
  Connection connection;
  coding::ByteBuffer held;
  std::string replies;
  while (!input.empty() && connection.stage == Stage::kReading) {
    const std::size_t most = splits != nullptr ? 1 + (*splits)() % 60 : input.size();
    const std::size_t count = std::min(most, input.size());
    held.append(input.substr(0, count));
    held.reserve(1);
    input.remove_prefix(count);
    for (;;) {
      // The share of a turn ends at any time.
      turn.begin();
      if (splits != nullptr && (*splits)() % 4 == 0) turn.add(Turn::kTurn);
      const auto rest = exchange.consume(connection, held.data(), held.size(), 0);
      held.truncate(rest.end);
      held.drop_front(rest.begin);
      replies += exchange.outgoing().bytes();
      exchange.outgoing().clear();
      const bool is_waiting = connection.stage == Stage::kWaiting;
      if (is_waiting) exchange.settle_rest(connection, rs::Outcome::kKept);
      replies += exchange.outgoing().bytes();
      exchange.outgoing().clear();
      if (connection.stage != Stage::kReading) break;
      if (rest.begin == 0 && !is_waiting && !rest.put_off) break;
    }
  }
  if (connection.stage == Stage::kReading && !held.empty()) {
    exchange.refuse_unfinished(connection, held.data(), held.size(), Refusal::kTimeout);
    replies += exchange.outgoing().bytes();
  }
  return replies;
}

// Whether the client is asked to go on depends on what has come by then.
std::string without_continue(std::string replies) {
  const std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
  for (std::size_t at; (at = replies.find(interim)) != std::string::npos;) {
    replies.erase(at, interim.size());
  }
  return replies;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  std::mt19937 splits(data[0]);
  if (without_continue(talk(input, nullptr)) != without_continue(talk(input, &splits))) {
    std::abort();
  }
  return 0;
}
