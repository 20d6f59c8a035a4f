// What it costs to bring rows into BigQuery: encoding, batching and appending, against a test
// server.
//
//   direct-bench REST_ADDRESS GRPC_ADDRESS ROWS [exactly_once]
//
// Prints one JSON object: rows a second, and this process's CPU per row, all threads and gRPC's
// included. The row is a GA4 page_view of 918 bytes, batches have 500.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "base/mutex.h"
#include "bigquery/sink.h"
#include "google/token_source.h"
#include "row/encode.h"
#include "typical_row.h"

namespace {

using namespace rs;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRowBytes = 918, kBatchRows = 500;

// The typical row with as long a user agent as makes it kRowBytes.
void fill(row::Row& row, std::string_view agent) {
  row::fill_typical(row);
  row.privacy_info.reset();
  row.items = {};
  row.device->user_agent = agent;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Batches that go round: encoded into, written, and free again; the last one freed first, as
// delivery's Batcher takes them.
class Feeder {
 public:
  explicit Feeder(sink::Sink& sink) : sink_(sink) {
    // As many as the default queue of 100,000 rows lets a server have in flight.
    for (std::size_t i = 0; i < std::min<std::size_t>(sink.window(), 200); ++i)
      free_.emplace_back();
    all_ = free_.size();
  }

  void feed(std::size_t batches, std::string_view agent) {
    row::Row row;
    fill(row, agent);
    for (std::size_t i = 0; i < batches; ++i) {
      auto batch = std::make_shared<row::Batch>(take());
      batch->clear();
      for (std::size_t n = 0; n < kBatchRows; ++n) {
        batch->append(encoder_.encode(row));
      }
      sink_.write(*batch, [this, batch](const sink::WriteResult& result) {
        if ((!result || !result->empty()) && ++failed_ == 1) {
          fmt::print(stderr, "{}\n", result ? result->front().reason : result.error().message);
        }
        give(std::move(*batch));
      });
    }
    MutexLock lock(mutex_);
    while (free_.size() < all_) changed_.wait(mutex_);
  }
  [[nodiscard]] std::size_t failed() const { return failed_; }

 private:
  row::Batch take() {
    MutexLock lock(mutex_);
    while (free_.empty()) changed_.wait(mutex_);
    auto batch = std::move(free_.back());
    free_.pop_back();
    return batch;
  }
  void give(row::Batch batch) {
    MutexLock lock(mutex_);
    free_.push_back(std::move(batch));
    changed_.notify_one();
  }

  sink::Sink& sink_;
  row::Encoder encoder_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<row::Batch> free_;
  std::size_t all_ = 0;
  std::atomic<std::size_t> failed_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    fmt::print(stderr, "direct-bench REST_ADDRESS GRPC_ADDRESS ROWS [exactly_once]\n");
    return 2;
  }
  bigquery::BigQuerySettings settings;
  settings.project = "p-bench";
  settings.dataset = "d";
  settings.table = "events";
  settings.rest_emulator = arguments[1];
  settings.storage_emulator = arguments[2];
  if (count > 4) settings.delivery = bigquery::BigQueryDelivery::kExactlyOnce;
  bigquery::BigQuerySink sink(settings, [](const std::stop_token&) {
    return Result<std::shared_ptr<google::TokenSource>>(nullptr);
  });
  if (const auto opened = sink.open(); !opened) {
    fmt::print(stderr, "{}\n", opened.error().message);
    return 1;
  }
  std::string agent;
  row::Encoder encoder;
  for (;; agent += 'x') {
    row::Row row;
    fill(row, agent);
    if (encoder.encode(row).size() >= kRowBytes) break;
  }
  const std::size_t batches = std::strtoull(arguments[3], nullptr, 10) / kBatchRows;
  Feeder feeder(sink);
  feeder.feed(20, agent);  // Connections, buffers.

  const auto cpu = cpu_seconds();
  const auto begun = Clock::now();
  feeder.feed(batches, agent);
  const double rows = static_cast<double>(batches * kBatchRows);
  const double wall = std::chrono::duration<double>(Clock::now() - begun).count();
  fmt::print("{{\"rows_per_second\":{:.0f},\"cpu_us_per_row\":{:.3f},\"failed_batches\":{}}}\n",
             rows / wall, (cpu_seconds() - cpu) * 1e6 / rows, feeder.failed());
  sink.close();
  return feeder.failed() == 0 ? 0 : 1;
}
