// Delivery's dealings with the spool: rows that become durable there, what the last process left,
// rows that are loaded again, and the position up to which all are delivered.

#include <chrono>
#include <utility>

#include "delivery/delivery.h"
#include "obs/log.h"

namespace rs::delivery {
namespace {

// After the disk failed: the rows are there, and it may come back.
constexpr std::chrono::seconds kTryAgain{1};

Accepted accepted(spool::Appended appended) {
  switch (appended) {
    case spool::Appended::kWaiting:
      return Accepted::kHeld;
    case spool::Appended::kFull:
      return Accepted::kFull;
    case spool::Appended::kFailing:
      return Accepted::kDiskFailed;
    case spool::Appended::kStopping:
      break;
  }
  return Accepted::kStopping;
}

Refused reason_of(Accepted accepted) {
  switch (accepted) {
    case Accepted::kFull:
      return Refused::kQueueFull;
    case Accepted::kDiskFailed:
      return Refused::kDiskFailed;
    case Accepted::kHeld:
    case Accepted::kStopping:
      break;
  }
  return Refused::kStopping;
}

}  // namespace

void Delivery::start_spool() {
  if (!spools_new_rows_) return;
  spool_->start({.kept = [this](std::uint64_t rows) { kept(rows); },
                 .refused = [this](std::size_t rows, spool::Appended why) { not_kept(rows, why); },
                 .hand_over = [this](const spool::Run& run) { take_over(run); }});
}

// Such rows are counted when their group is decided: until then they are neither kept nor refused.
Accepted Delivery::spool(std::span<const std::string_view> rows, const Promise& promise) {
  const auto outcome = accepted(spool_->append(rows, promise));
  if (outcome != Accepted::kHeld) refuse(reason_of(outcome), rows.size());
  return outcome;
}

void Delivery::turn_ended() {
  if (spools_new_rows_) spool_->turn_ended();
}

void Delivery::kept(std::uint64_t rows) {
  MutexLock lock(mutex_);
  accounting_.received += rows;
  accounting_.held += rows;
  feed_.kept(rows);
}

void Delivery::take_over(const spool::Run& run) {
  bool wake;
  {
    const auto now = Clock::now();
    MutexLock lock(mutex_);
    const bool had_sealed = batcher_.has_sealed();
    feed_.handed_over(run, batcher_, now);
    wake = must_wake(had_sealed);
  }
  if (wake) changed_.notify_one();
}

void Delivery::not_kept(std::size_t rows, spool::Appended why) {
  MutexLock lock(mutex_);
  accounting_.received += rows;
  accounting_.refused[static_cast<std::size_t>(reason_of(accepted(why)))] += rows;
}

void Delivery::recover() {
  if (spool_ == nullptr) return;
  const auto started = Clock::now();
  for (;;) {
    const auto found = spool_->segments().recover();
    note_reading(found ? Result<void>() : tl::unexpected(found.error()));
    if (found && !*found) break;
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (found) {
      accounting_.received += (*found)->rows + (*found)->lost;
      accounting_.held += (*found)->rows;
      accounting_.dead_lettered += (*found)->lost;
      lost_rows_ += (*found)->lost;
      recovered_rows_ += (*found)->rows;
      feed_.recovered(**found);
    } else {
      changed_.wait_for(mutex_, kTryAgain);
    }
  }
  const auto first = spool_->segments().first();
  std::uint64_t rows = 0;
  {
    MutexLock lock(mutex_);
    feed_.begin(first);
    rows = recovered_rows_;
  }
  if (rows == 0) return;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started).count();
  RS_LOG(kInfo, "{} rows were left in the spool and are delivered now; found in {} ms", rows, took);
}

// What the disk refuses to read is tried again, and skipped after a while (spool/damage.cc).
void Delivery::note_reading(const Result<void>& outcome) {
  {
    MutexLock lock(mutex_);
    const bool is_known = reading_trouble_.empty() == outcome.has_value();
    reading_trouble_ = outcome ? std::string() : outcome.error().message;
    if (is_known) return;
  }
  if (outcome) {
    RS_LOG(kInfo, "Spooled rows are delivered again");
  } else {
    RS_LOG(kError, "Spooled rows are not delivered: {}", outcome.error().message);
  }
}

void Delivery::load() {
  spool::Position next, end;
  {
    MutexLock lock(mutex_);
    next = feed_.next();
    end = feed_.end();
  }
  const auto run = spool_->segments().read(next, end);
  note_reading(run ? Result<void>() : tl::unexpected(run.error()));
  MutexLock lock(mutex_);
  const auto now = Clock::now();
  load_at_ = run ? Clock::time_point{} : now + kTryAgain;
  if (!run) return;
  // They are neither on disk nor in memory any more; their bytes are kept in spool/damaged.
  const auto lost = feed_.loaded(*run, batcher_, now);
  lost_rows_ += lost;
  accounting_.held -= lost;
  accounting_.dead_lettered += lost;
}

void Delivery::consume(bool durable) {
  if (spool_ == nullptr) return;
  spool::Position delivered;
  {
    MutexLock lock(mutex_);
    delivered = feed_.delivered();
  }
  if (delivered == spool::Position{}) return;
  const bool done = spool_->consumed(delivered, durable);
  MutexLock lock(mutex_);
  consume_at_ = done ? Clock::time_point::max() : Clock::now() + kTryAgain;
}

}  // namespace rs::delivery
