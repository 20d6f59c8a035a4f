// What it costs to publish rows: from encoded row to published message, in CPU time of this
// process.
//   pubsub-publish [ROWS]   publishes to a fake of ours in a process of its own; prints JSON
//   pubsub-publish serve    the fake alone: prints its address and one message's data, and serves
//                           until standard input ends (for bench/pubsub.mjs)

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mutex.h"
#include "fakes/pubsub/fake_pubsub.h"
#include "google/token_source.h"
#include "pubsub/sink.h"
#include "row/decode.h"
#include "row/encode.h"
#include "typical_row.h"

namespace rs::pubsub {
namespace {

constexpr const char* kTopic = "projects/p/topics/t";
constexpr std::size_t kBatchRows = 500;

std::string typical_row() {
  row::Row row;
  row::fill_typical(row);
  row::Encoder encoder;
  return std::string(encoder.encode(row));
}

// On `out`: the address and a line feed. Until `in` ends.
int serve(int in, int out, std::string_view more) {
  const auto fake = fakes::FakePubSub::start({.keeps_messages = false});
  if (!fake) return 1;
  fake->create_topic(kTopic);
  const std::string text = fake->address() + "\n" + std::string(more);
  if (::write(out, text.data(), text.size()) < 0) return 1;
  char byte = 0;
  while (::read(in, &byte, 1) > 0) {
  }
  return 0;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// As Delivery does it: as many batches on the way as the sink takes. False after an Error.
bool publish(sink::Sink& sink, const row::Batch& batch, std::size_t batches) {
  Mutex mutex;
  CondVar changed;
  std::size_t on_the_way = 0;
  bool good = true;
  const auto wait_for_fewer_than = [&](std::size_t limit) {
    MutexLock lock(mutex);
    while (on_the_way >= limit) changed.wait(mutex);
  };
  for (std::size_t i = 0; i < batches; ++i) {
    wait_for_fewer_than(sink.window());
    {
      MutexLock lock(mutex);
      ++on_the_way;
    }
    sink.write(batch, [&](const sink::WriteResult& result) {
      MutexLock lock(mutex);
      if (!result || !result->empty()) good = false;
      --on_the_way;
      changed.notify_one();
    });
  }
  wait_for_fewer_than(1);
  return good;
}

int measure(std::size_t rows, const std::string& address) {
  PubSubSink sink({.project = "p", .topic = "t", .emulator = address}, {});
  if (!sink.open()) return 1;
  const auto encoded = typical_row();
  std::string json;
  if (!row::append_json(json, encoded, row::JsonForm::kSubscription)) return 1;
  row::Batch batch;
  for (std::size_t i = 0; i < kBatchRows; ++i) batch.append(encoded);
  if (!publish(sink, batch, 2 * sink.window())) return 1;  // Warm buffers.
  const auto cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  const std::size_t batches = rows / kBatchRows;
  if (!publish(sink, batch, batches)) return 1;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto count = static_cast<double>(batches * kBatchRows);
  std::printf("{\"cpu_us\": %.3f, \"per_second\": %.0f, \"row_bytes\": %zu, \"data_bytes\": %zu}\n",
              (cpu_seconds() - cpu) / count * 1e6, count / took.count(), encoded.size(),
              json.size());
  return 0;
}

int fork_and_measure(std::size_t rows) {
  int to_child[2], from_child[2];
  if (pipe(to_child) != 0 || pipe(from_child) != 0) return 1;
  const pid_t child = fork();  // Before gRPC has started a thread.
  if (child == 0) {
    close(to_child[1]);
    _exit(serve(to_child[0], from_child[1], ""));
  }
  std::string address;
  for (char c = 0; ::read(from_child[0], &c, 1) == 1 && c != '\n';) address += c;
  const int code = address.empty() ? 1 : measure(rows, address);
  close(to_child[1]);
  waitpid(child, nullptr, 0);
  return code;
}

}  // namespace
}  // namespace rs::pubsub

int main(int count, char** arguments) {
  const std::string_view argument = count > 1 ? arguments[1] : "200000";
  if (argument != "serve") {
    return rs::pubsub::fork_and_measure(std::strtoull(argument.data(), nullptr, 10));
  }
  std::string json;
  if (!rs::row::append_json(json, rs::pubsub::typical_row(), rs::row::JsonForm::kSubscription)) {
    return 1;
  }
  return rs::pubsub::serve(0, 1, json + "\n");
}
