#include "pubsub/publisher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "google/grpc_status.h"
#include "google/http_client.h"
#include "pubsub/row_message.h"
#include "row/wire_reader.h"

namespace rs::pubsub {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr const char* kPublish = "/google.pubsub.v1.Publisher/Publish";
// Memory of requests is kept up to twice their size, as it doubles while one is written, and this.
constexpr std::size_t kSlackBytes = 64 * 1024;
constexpr std::uint32_t kMessageIds = 1;  // Field of PublishResponse.

// Of a PublishResponse; nothing when it is malformed.
std::optional<std::size_t> count_message_ids(const grpc::ByteBuffer& response) {
  grpc::Slice slice;
  if (!response.Valid()) return 0;
  if (!response.DumpToSingleSlice(&slice).ok()) return std::nullopt;
  row::WireReader in({reinterpret_cast<const char*>(slice.begin()), slice.size()});
  std::size_t count = 0;
  for (row::WireTag tag; !in.done();) {
    if (!in.tag(tag) || !in.skip(tag.type)) return std::nullopt;
    if (tag.number == kMessageIds) ++count;
  }
  return count;
}

bool blames_messages(grpc::StatusCode code) {
  return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::OUT_OF_RANGE;
}

// All of these pass, by themselves or once a person has done something: a missing topic or a right
// taken away is not the rows' fault, so that they are held. A topic is never made again here: its
// subscriptions are gone with it, and what is published before they are back reaches nobody.
Error error_of(const grpc::Status& status, const PubSubSettings& settings) {
  auto message =
      fmt::format("publishing to {}: {}", settings.topic_path(), google::describe(status));
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND:
      message += fmt::format(
          ". Create it, and its subscriptions: gcloud pubsub topics create {} --project={}",
          settings.topic, settings.project);
      break;
    case grpc::StatusCode::PERMISSION_DENIED:
      message += fmt::format(
          ". Grant the account that this program runs as the role: gcloud pubsub topics "
          "add-iam-policy-binding {} --project={} --member=serviceAccount:ACCOUNT "
          "--role=roles/pubsub.publisher",
          settings.topic, settings.project);
      break;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return {ErrorCode::kOverloaded, std::move(message)};
    default:
      break;
  }
  return {ErrorCode::kUnavailable, std::move(message)};
}

}  // namespace

struct PubSubPublisher::Stub {
  explicit Stub(const std::shared_ptr<grpc::Channel>& channel) : publisher(channel) {}
  grpc::GenericStub publisher;
};

// One request.
struct PubSubPublisher::Call {
  grpc::ClientContext context;
  grpc::ByteBuffer request, response;
  Chain chain;
  std::size_t count = 0;  // Rows in the request, from the chain's next on.
  SteadyClock::time_point sent;
};

PubSubPublisher::PubSubPublisher(const PubSubSettings& settings,
                                 std::shared_ptr<grpc::Channel> channel)
    : settings_(settings),
      topic_(settings.topic_path()),
      routing_("topic=" + google::percent_encode(topic_)),
      channel_(std::move(channel)),
      stub_(std::make_unique<Stub>(channel_)),
      buffers_(std::make_shared<PublishBuffers>(settings.window,
                                                2 * settings.request_bytes_max + kSlackBytes)) {
  stats_.remote = true;
}

PubSubPublisher::~PubSubPublisher() {
  close();
}

PublishingPtr PubSubPublisher::begin(const row::Batch& batch, sink::WriteDone done) {
  const auto known = std::find_if(returned_.begin(), returned_.end(), [&](const auto& each) {
    return each->batch == &batch && each->settled.size() == batch.size();
  });
  if (known == returned_.end()) return std::make_shared<Publishing>(batch, std::move(done));
  auto publishing = std::move(*known);
  returned_.erase(known);
  publishing->done = std::move(done);
  return publishing;
}

void PubSubPublisher::write(const row::Batch& batch, sink::WriteDone done) {
  PublishingPtr publishing;
  std::vector<Chain> chains;
  {
    MutexLock lock(mutex_);
    publishing = begin(batch, std::move(done));
    chains = chains_of(publishing, settings_);
    publishing->chains = chains.size() + 1;  // One for this function.
    ++running_;
  }
  for (auto& chain : chains) send(std::move(chain));
  end_chain(publishing);
  MutexLock lock(mutex_);
  --running_;
  changed_.notify_all();
}

// Sends the next request of a chain. Without an order to keep, the rows that do not fit are sent at
// once too.
void PubSubPublisher::send(Chain chain) {
  for (;;) {
    auto call = std::make_unique<Call>();
    fill(*call, chain);
    std::optional<Chain> rest;
    // While a bad row is looked for, one request at a time is enough, however many are bad.
    const bool is_searching = chain.most < settings_.request_messages_max;
    const bool more = chain.next + call->count < chain.rows.size();
    if (more && !is_searching && settings_.ordering == PubSubOrdering::kNone) {
      rest = split_behind(chain, call->count);
    }
    auto publishing = chain.publishing;
    if (rest) {
      MutexLock lock(mutex_);
      ++publishing->chains;
    }
    if (call->count == 0) {
      end_chain(publishing);
    } else {
      call->chain = std::move(chain);
      start(std::move(call));
    }
    if (!rest) return;
    chain = *std::move(rest);
  }
}

// As many rows as a request may have. Rows that no request can have are rejected.
void PubSubPublisher::fill(Call& call, Chain& chain) {
  const auto& batch = *chain.publishing->batch;
  auto bytes = buffers_->take();
  begin_publish_request(bytes, topic_);
  while (call.count < chain.most && chain.next + call.count < chain.rows.size()) {
    const auto at = chain.rows.begin() + static_cast<std::ptrdiff_t>(chain.next + call.count);
    const std::size_t before = bytes.size();
    const auto appended = append_message(bytes, batch[*at], settings_.ordering);
    if (!appended) {
      MutexLock lock(mutex_);
      reject(*chain.publishing, *at, appended.error().message);
      chain.rows.erase(at);
      continue;
    }
    if (call.count > 0 && bytes.size() > settings_.request_bytes_max) {
      bytes.resize(before);
      break;
    }
    ++call.count;
  }
  call.request = buffers_->lend(std::move(bytes));
}

void PubSubPublisher::start(std::unique_ptr<Call> call) {
  auto* started = call.release();
  started->context.AddMetadata("x-goog-request-params", routing_);
  started->context.set_deadline(std::chrono::system_clock::now() + settings_.publish_timeout);
  started->sent = SteadyClock::now();
  {
    MutexLock lock(mutex_);
    calls_.push_back(started);
    ++stats_.requests;
    // close() may have been looking for calls just before.
    if (closing_) started->context.TryCancel();
  }
  stub_->publisher.UnaryCall(
      &started->context, kPublish, {}, &started->request, &started->response,
      [this, started](const grpc::Status& status) { on_answer(started, status); });
}

void PubSubPublisher::on_answer(Call* answered, const grpc::Status& status) {
  std::unique_ptr<Call> call(answered);
  bool goes_on = false;
  {
    MutexLock lock(mutex_);
    calls_.erase(std::find(calls_.begin(), calls_.end(), answered));
    ++running_;
    const auto took = SteadyClock::now() - call->sent;
    round_trip_.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    goes_on = judge(*call, status);
  }
  Chain chain = std::move(call->chain);
  // It holds the channel, whose last holder must not be a callback of its own: the publisher is
  // another until close() has seen the end of all of them.
  call.reset();
  if (goes_on) {
    send(std::move(chain));
  } else {
    end_chain(chain.publishing);
  }
  // The last that is done with this object: close() waits for it.
  MutexLock lock(mutex_);
  --running_;
  changed_.notify_all();
}

// Whether the chain goes on.
bool PubSubPublisher::judge(Call& call, const grpc::Status& status) {
  Chain& chain = call.chain;
  Publishing& publishing = *chain.publishing;
  const auto answers = status.ok() ? count_message_ids(call.response) : std::nullopt;
  if (answers && *answers == call.count) {
    for (; call.count > 0; --call.count) publishing.settled[chain.rows[chain.next++]] = true;
    chain.most = std::min(chain.most * 2, settings_.request_messages_max);
  } else if (blames_messages(status.error_code())) {
    if (call.count > 1) {
      chain.most = call.count / 2;
    } else {
      ++stats_.row_errors;
      reject(publishing, chain.rows[chain.next++], google::describe(status));
    }
  } else {
    ++stats_.failures;
    if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) token_refused_ = true;
    publishing.failed =
        status.ok() ? Error{ErrorCode::kUnavailable,
                            fmt::format("publishing to {}: INTERNAL: {} message ids came for {} "
                                        "messages",
                                        topic_, answers.value_or(0), call.count)}
                    : error_of(status, settings_);
    return false;  // Delivery writes the batch again; what of it is open then is sent then.
  }
  if (chain.next == chain.rows.size()) return false;
  if (!closing_) return true;
  publishing.failed = Error{ErrorCode::kUnavailable, "the Pub/Sub sink was closed"};
  return false;
}

void PubSubPublisher::reject(Publishing& publishing, std::uint32_t row, std::string reason) {
  publishing.settled[row] = true;
  publishing.rejected.push_back({row, std::move(reason)});
}

void PubSubPublisher::end_chain(const PublishingPtr& publishing) {
  sink::WriteDone done;
  sink::WriteResult result;
  {
    MutexLock lock(mutex_);
    if (--publishing->chains > 0) return;
    if (publishing->failed) returned_.push_back(publishing);
    result = publishing->result();
    done = std::move(publishing->done);
  }
  done(std::move(result));
}

bool PubSubPublisher::take_token_refused() {
  MutexLock lock(mutex_);
  return std::exchange(token_refused_, false);
}

void PubSubPublisher::close() {
  MutexLock lock(mutex_);
  closing_ = true;
  for (auto* call : calls_) call->context.TryCancel();
  while (!calls_.empty() || running_ > 0) changed_.wait(mutex_);
  returned_.clear();
}

sink::SinkStats PubSubPublisher::stats() const {
  MutexLock lock(mutex_);
  auto stats = stats_;
  const bool is_connected = channel_->GetState(false) == GRPC_CHANNEL_READY;
  stats.connections = is_connected ? 1 : 0;
  stats.round_trip_micros = round_trip_.snapshot();
  return stats;
}

}  // namespace rs::pubsub
