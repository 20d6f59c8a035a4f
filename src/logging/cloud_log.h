#pragma once
// Sends log records to Cloud Logging's API, for machines whose standard output nobody collects.
//
//   threads that log --take()--> [ bounded queue ] --one thread--> WriteLogEntries, a batch at a
//   time
//
// take() never waits: without room the record is dropped and counted (obs::log_dropped), and once
// there is room again an entry says how many were. A batch that was not taken is sent again, with
// growing pauses and the same ids, so that nothing is there twice; only what the API says is wrong
// with the batch itself drops it. Order is kept. Thread-safe.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// Before gRPC's own headers wherever both are used: abseil redefines the names of base/mutex.h.
#include "base/mutex.h"
#include "google/channel.h"
#include "logging/log_entry.h"
#include "obs/log_taker.h"

namespace rs::logging {

struct CloudLogSettings {
  std::string project;
  std::string log_id = "real-streaming";      // The log's name in Cloud Logging.
  std::map<std::string, std::string> labels;  // Of every entry.
  google::ChannelSettings channel{.endpoint = "logging.googleapis.com:443"};
  std::size_t held_records = 10'000;
  std::size_t held_bytes = 4 * 1024 * 1024;
  std::size_t batch_records = 500;  // The API takes 10 MB a call; 500 lines are 1.7 MB at most.
  std::chrono::milliseconds linger{1'000};  // Longest wait for a batch to fill.
  std::chrono::milliseconds answer_timeout{10'000};
  std::chrono::milliseconds pause_first{500}, pause_longest{30'000};  // After a failure; doubling.
};

struct CloudLogStats {
  std::uint64_t written = 0, dropped = 0, failures = 0;
  std::size_t held = 0;
};

class CloudLog final : public obs::LogTaker {
 public:
  CloudLog(CloudLogSettings settings, const std::shared_ptr<google::TokenSource>& tokens);
  ~CloudLog() override;  // Drops what is still held: stop() before.

  void take(const obs::LogRecord& record) override;

  // Writes what is held until `limit`, drops the rest. The log must not lead here any more.
  void stop(std::chrono::steady_clock::time_point limit);

  [[nodiscard]] CloudLogStats stats() const;

 private:
  enum class Fate { kWritten, kAgain, kNever };
  struct Call;  // The one in progress, for stop() to end.

  void run();
  // Waits until a batch is due, and takes it out of the queue. Empty: stopped, and nothing is left.
  std::vector<KeptRecord> next_batch();
  void send(const std::vector<KeptRecord>& batch);
  Fate try_once(const std::vector<KeptRecord>& batch, std::uint64_t number);
  bool pause(std::chrono::milliseconds time);  // False: the time to stop has come.
  void drop(std::uint64_t count) REQUIRES(mutex_);

  const CloudLogSettings settings_;
  const std::string id_prefix_;                        // Of this process's entries.
  const std::shared_ptr<google::TokenSource> tokens_;  // Null for a test server.
  const std::shared_ptr<grpc::Channel> channel_;
  std::uint64_t number_ = 0;  // Of the next entry; the thread's own.

  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<KeptRecord> queue_ GUARDED_BY(mutex_);
  std::size_t queue_bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t unsaid_ GUARDED_BY(mutex_) = 0;  // Dropped, and no entry says so yet.
  CloudLogStats stats_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false, given_up_ GUARDED_BY(mutex_) = false;
  bool done_ GUARDED_BY(mutex_) = false;
  Call* call_ GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace rs::logging
