#pragma once
// For tests of delivery: a sink that does what it is told, a mailbox that remembers, dead letters
// in a folder of their own.

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/mutex.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "row/encode.h"
#include "spool/faulty_disk.h"

namespace rs::delivery {

using namespace std::chrono_literals;

// Waits until `holds()`. What does not come within a time that no working machine needs ends the
// test by an exception that says what it was.
template <class Holds>
void wait_for(std::string_view what, Mutex& mutex, CondVar& changed, Holds&& holds)
    REQUIRES(mutex) {
  const auto end = Clock::now() + 20s;
  while (!holds()) {
    if (changed.wait_until(mutex, end) != std::cv_status::timeout) continue;
    if (!holds()) throw std::runtime_error("waited for " + std::string(what));
  }
}

// A sink that does nothing by itself: the test sees each write and says how it ends.
class ManualSink final : public sink::Sink {
 public:
  explicit ManualSink(std::size_t window = 1) : window_(window) {}

  [[nodiscard]] std::string_view name() const override { return "manual"; }
  [[nodiscard]] std::size_t window() const override { return window_; }
  Result<void> open() override {
    MutexLock lock(mutex_);
    ++opened_;
    changed_.notify_all();
    while (silent_ && !interrupted_) changed_.wait(mutex_);
    if (silent_) return fail(ErrorCode::kUnavailable, "interrupted");
    if (open_errors_.empty()) return {};
    const Error error = open_errors_.front();
    open_errors_.pop_front();
    return fail(error.code, error.message);
  }
  void interrupt() override {
    MutexLock lock(mutex_);
    interrupted_ = true;
    changed_.notify_all();
  }
  void write(const row::Batch& batch, sink::WriteDone done) override {
    MutexLock lock(mutex_);
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < batch.size(); ++i) rows.emplace_back(batch[i]);
    writes_.push_back({std::move(rows), std::move(done)});
    changed_.notify_all();
    if (writes_.size() != hang_at_) return;
    while (hang_at_ != 0) changed_.wait(mutex_);
  }
  void close() override {
    std::deque<Write> open;
    {
      MutexLock lock(mutex_);
      open.swap(writes_);
    }
    for (auto& write : open) write.done(fail(ErrorCode::kUnavailable, "closed"));
    MutexLock lock(mutex_);
    while (ending_ > 0) changed_.wait(mutex_);
  }

  void fail_open(Error error) { open_errors_.push_back(std::move(error)); }  // Before start().
  // open() waits, as for a service that says nothing, until this ends or it is interrupted.
  void set_silent(bool silent) {
    MutexLock lock(mutex_);
    silent_ = silent;
    changed_.notify_all();
  }
  // write() does not return from the write that makes so many open ones; 0 ends that.
  void hang_at(std::size_t writes) {
    MutexLock lock(mutex_);
    hang_at_ = writes;
    changed_.notify_all();
  }
  void wait_for_opened(int times) {
    MutexLock lock(mutex_);
    wait_for("the sink to be opened", mutex_, changed_, [&] { return opened_ >= times; });
  }
  std::size_t writes_begun() {
    MutexLock lock(mutex_);
    return writes_.size();
  }
  // Waits for the oldest open write, ends it, and returns its rows.
  std::vector<std::string> end_write(sink::WriteResult result = {}) {
    wait_for_writes(1);
    return *end_any_write(std::move(result));
  }
  // The same, or nothing when no write is open: for a thread that the close may be quicker than.
  std::optional<std::vector<std::string>> end_any_write(sink::WriteResult result = {}) {
    Write write;
    {
      MutexLock lock(mutex_);
      if (writes_.empty()) return std::nullopt;
      write = std::move(writes_.front());
      writes_.pop_front();
      ++ending_;
    }
    write.done(std::move(result));
    MutexLock lock(mutex_);
    --ending_;
    changed_.notify_all();
    return std::move(write.rows);
  }
  // Waits until `count` writes are open.
  void wait_for_writes(std::size_t count) {
    MutexLock lock(mutex_);
    wait_for("a write", mutex_, changed_, [&] { return writes_.size() >= count; });
  }

 private:
  struct Write {
    std::vector<std::string> rows;
    sink::WriteDone done;
  };
  const std::size_t window_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Write> writes_;
  int ending_ = 0;  // Taken out of writes_, and not ended yet.
  std::deque<Error> open_errors_;
  int opened_ = 0;
  bool silent_ = false, interrupted_ = false;
  std::size_t hang_at_ = 0;
};

class MemoryMailbox final : public Mailbox {
 public:
  void post(std::span<const Settlement> settlements) override {
    MutexLock lock(mutex_);
    for (const auto& settlement : settlements) got_.push_back(settlement);
    changed_.notify_all();
  }
  std::vector<Settlement> wait_for(std::size_t count) {
    MutexLock lock(mutex_);
    delivery::wait_for("a settlement", mutex_, changed_, [&] { return got_.size() >= count; });
    return got_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Settlement> got_;
};

inline std::string row_named(std::string_view name) {
  row::Row row;
  row.event_name = name;
  row::Encoder encoder;
  return std::string(encoder.encode(row));
}

class DeliveryTest : public testing::Test {
 protected:
  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "delivery_XXXXXX";
    return mkdtemp(name.data());
  }
  ~DeliveryTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> dead_letter_reasons() {
    std::vector<std::string> reasons;
    letters_->read({.letter = [&](const auto& letter) { reasons.push_back(letter.reason); },
                    .damaged = [](const auto& line) { ADD_FAILURE() << line.text(); }});
    return reasons;
  }

  static sink::WriteResult unavailable() { return fail(ErrorCode::kUnavailable, "down"); }

  const std::filesystem::path folder_ = new_folder();
  spool::FaultyDisk disk_;
  std::unique_ptr<DeadLetters> letters_ =
      std::make_unique<DeadLetters>(disk_, folder_ / "dead-letters");
  const RetryLimits quick_{.first = 1ms, .longest = 2ms, .keep = 1ms};
  MemoryMailbox mailbox_;
};

}  // namespace rs::delivery
