#pragma once
// A sink for tests: keeps the rows, and fails, rejects or waits when told to. Thread-safe.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "sink/sink.h"

namespace rs::sink {

class MemorySink final : public Sink {
 public:
  explicit MemorySink(std::size_t window = 1) : window_(window) {}

  [[nodiscard]] std::string_view name() const override { return "memory"; }
  [[nodiscard]] std::size_t window() const override { return window_; }
  Result<void> open() override {
    const MutexLock lock(mutex_);
    if (open_error_) return tl::unexpected(*open_error_);
    return {};
  }

  // While paused, a batch waits here until resume(). Its rows are then stored in order.
  void write(const row::Batch& batch, WriteDone done) override {
    {
      const MutexLock lock(mutex_);
      ++writes_;
      if (paused_) {
        waiting_.push_back({&batch, std::move(done)});
        return;
      }
    }
    finish({&batch, std::move(done)});
  }
  // Gives up what waits.
  void close() override {
    std::vector<Waiting> waiting;
    {
      const MutexLock lock(mutex_);
      waiting.swap(waiting_);
    }
    for (auto& each : waiting) {
      each.done(tl::unexpected(Error{ErrorCode::kUnavailable, "the sink was closed"}));
    }
  }

  void fail_open(std::optional<Error> error) {
    const MutexLock lock(mutex_);
    open_error_ = std::move(error);
  }
  // The next `times` batches end with this error.
  void fail_writes(std::size_t times, Error error) {
    const MutexLock lock(mutex_);
    failures_ = times;
    failure_ = std::move(error);
  }
  // Rows for which this returns a reason are rejected. Called with the sink's lock held.
  void reject(std::function<std::optional<std::string>(std::string_view)> why) {
    const MutexLock lock(mutex_);
    reject_ = std::move(why);
  }
  void pause() {
    const MutexLock lock(mutex_);
    paused_ = true;
  }
  // Finishes what waits, on the calling thread.
  void resume() {
    std::vector<Waiting> waiting;
    {
      const MutexLock lock(mutex_);
      paused_ = false;
      waiting.swap(waiting_);
    }
    for (const auto& each : waiting) finish(each);
  }

  [[nodiscard]] std::vector<std::string> rows() const {
    const MutexLock lock(mutex_);
    return rows_;
  }
  [[nodiscard]] std::size_t writes() const {  // Calls of write(), failed ones too.
    const MutexLock lock(mutex_);
    return writes_;
  }
  [[nodiscard]] std::size_t waiting() const {
    const MutexLock lock(mutex_);
    return waiting_.size();
  }

 private:
  struct Waiting {
    const row::Batch* batch;
    WriteDone done;
  };

  void finish(const Waiting& waiting) { waiting.done(store(*waiting.batch)); }

  WriteResult store(const row::Batch& batch) {
    const MutexLock lock(mutex_);
    if (failures_ > 0) {
      --failures_;
      return tl::unexpected(failure_);
    }
    std::vector<Rejected> rejected;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto why = reject_ ? reject_(batch[i]) : std::nullopt;
      if (why) {
        rejected.push_back({i, std::move(*why)});
      } else {
        rows_.emplace_back(batch[i]);
      }
    }
    return rejected;
  }

  const std::size_t window_;
  mutable Mutex mutex_;
  std::vector<std::string> rows_ GUARDED_BY(mutex_);
  std::vector<Waiting> waiting_ GUARDED_BY(mutex_);
  std::optional<Error> open_error_ GUARDED_BY(mutex_);
  Error failure_ GUARDED_BY(mutex_){ErrorCode::kUnavailable, "told to fail"};
  std::size_t failures_ GUARDED_BY(mutex_) = 0, writes_ GUARDED_BY(mutex_) = 0;
  std::function<std::optional<std::string>(std::string_view)> reject_ GUARDED_BY(mutex_);
  bool paused_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::sink
