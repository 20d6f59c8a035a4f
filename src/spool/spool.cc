#include "spool/spool.h"

#include <algorithm>
#include <utility>

#include <time.h>

#include "obs/log.h"
#include "spool/prompt_thread.h"

namespace rs::spool {
namespace {

// Rows a second from which groups are gathered, and rows and bytes that are a group in any case.
constexpr double kFastRows = 10'000;
constexpr std::size_t kFewRows = 16, kGroupBytes = 1024 * 1024;

std::uint32_t unix_seconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return static_cast<std::uint32_t>(now.tv_sec);
}

}  // namespace

Spool::Spool(SpoolSettings settings, Disk& disk)
    : settings_(std::move(settings)),
      segments_(disk, settings_.folder, settings_.limits),
      writer_(disk, segments_, settings_.sync) {}

Spool::~Spool() {
  stop();
}

void Spool::start(Fate fate) {
  fate_ = std::move(fate);
  thread_ = std::thread([this] { run(); });
}

Appended Spool::append(std::string_view row, const Promise& promise) {
  bool wake;
  {
    const auto seconds = unix_seconds();
    MutexLock lock(mutex_);
    if (stopping_) return Appended::kStopping;
    if (!trouble_.empty()) return full_ ? Appended::kFull : Appended::kFailing;
    if (waiting_.rows() >= settings_.waiting_rows ||
        (!waiting_.empty() && waiting_.bytes() + row.size() > settings_.waiting_bytes)) {
      return Appended::kFull;
    }
    waiting_.add(row, promise, seconds);
    wake = wake_at_ != 0 && waiting_.rows() >= wake_at_;
    if (wake) wake_at_ = 0;
  }
  if (wake) changed_.notify_one();
  return Appended::kWaiting;
}

bool Spool::is_refusing() const {
  MutexLock lock(mutex_);
  return !trouble_.empty();
}

void Spool::consumed(Position position, bool durable) {
  if (!segments_.consumed(position, durable)) return;
  {
    MutexLock lock(mutex_);
    if (trouble_.empty()) return;
    room_came_ = true;
  }
  changed_.notify_one();
}

void Spool::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Spool::run() {
  ask_for_short_slices();
  // A disk that does not work is found before the first row comes.
  note(writer_.make_room(1));
  for (Group group;;) {
    if (next_group(group)) {
      commit(group);
      group.clear();
      continue;
    }
    {
      MutexLock lock(mutex_);
      if (stopping_) break;
    }
    note(writer_.make_room(1));
  }
  writer_.finish();
  segments_.end();
}

bool Spool::next_group(Group& group) {
  MutexLock lock(mutex_);
  while (waiting_.empty() && !stopping_) {
    if (trouble_.empty()) {
      sleep(1, std::nullopt);
    } else {
      if (!room_came_) sleep(1, Clock::now() + settings_.try_again);
      room_came_ = false;
      return false;
    }
  }
  gather();
  if (waiting_.empty()) return false;
  std::swap(group, waiting_);
  // Right unless this group fails or begins a segment; then its records are moved.
  waiting_.records().set_lead((writer_.lead() + group.bytes()) % kBlockBytes);
  rate_.add(group.rows(), Clock::now());
  return true;
}

// A sync costs as much for one row as for hundreds. When rows come fast, a group waits for others,
// but not for more than were in flight when the last one was decided: clients that wait for their
// answers send no further rows.
void Spool::gather() {
  if (rate_.per_second() < kFastRows) return;
  const std::size_t enough = std::max(in_flight_, kFewRows);
  const std::chrono::duration<double> expected(static_cast<double>(enough) / rate_.per_second());
  const auto longest = std::chrono::duration_cast<std::chrono::microseconds>(2 * expected);
  const auto until = decided_at_ + std::clamp(longest, settings_.gather_min, settings_.gather_max);
  while (!stopping_ && waiting_.rows() < enough && waiting_.bytes() < kGroupBytes &&
         Clock::now() < until) {
    sleep(enough, until);
  }
}

void Spool::sleep(std::size_t rows, std::optional<Clock::time_point> until) {
  wake_at_ = rows;
  if (until) {
    changed_.wait_until(mutex_, *until);
  } else {
    changed_.wait(mutex_);
  }
  wake_at_ = 0;
}

Result<Run> Spool::write(Group& group) {
  if (auto room = writer_.make_room(group.bytes()); !room) return tl::unexpected(room.error());
  return writer_.append(group.records(), group.rows());
}

void Spool::commit(Group& group) {
  group_rows_.record(group.rows());
  const auto run = write(group);
  decided_at_ = Clock::now();
  {
    MutexLock lock(mutex_);
    in_flight_ = group.rows() + waiting_.rows();
  }
  if (run) {
    note({});
    fate_.kept(run->rows);
    group.settle(Outcome::kKept);
    fate_.hand_over(*run);
    return;
  }
  note(tl::unexpected(run.error()));
  const bool full = run.error().code == ErrorCode::kOverloaded;
  fate_.refused(group.rows(), full ? Appended::kFull : Appended::kFailing);
  group.settle(Outcome::kRefused);
}

void Spool::note(const Result<void>& outcome) {
  MutexLock lock(mutex_);
  if (outcome) {
    if (trouble_.empty()) return;
    trouble_.clear();
    RS_LOG(kInfo, "The spool takes events again");
    return;
  }
  const bool full = outcome.error().code == ErrorCode::kOverloaded;
  if (trouble_.empty() || full != full_) {
    failures_.add();
    RS_LOG(kError, "Events are refused: {}", outcome.error().message);
  }
  trouble_ = outcome.error().message;
  full_ = full;
}

SpoolStats Spool::stats() const {
  SpoolStats stats;
  stats.segments = segments_.stats();
  stats.failures = failures_.value();
  stats.sync_micros = writer_.sync_micros();
  stats.group_rows = group_rows_.snapshot();
  MutexLock lock(mutex_);
  stats.waiting_rows = waiting_.rows();
  stats.trouble = trouble_;
  return stats;
}

}  // namespace rs::spool
