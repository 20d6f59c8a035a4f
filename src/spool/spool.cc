#include "spool/spool.h"

#include <algorithm>
#include <utility>

#include <time.h>

#include "obs/log.h"
#include "spool/prompt_thread.h"

namespace rs::spool {
namespace {

// For fewer requests a sync is dear; with so many in flight the threads are busy without our help;
// and with more bytes it takes longer.
constexpr std::size_t kFew = 16, kMany = 128, kGroupBytes = 1024 * 1024;

std::uint32_t unix_seconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return static_cast<std::uint32_t>(now.tv_sec);
}

}  // namespace

Spool::Spool(SpoolSettings settings, Disk& disk)
    : settings_(std::move(settings)),
      segments_(disk, settings_.folder, settings_.limits),
      writer_(disk, segments_, settings_.sync, settings_.end_age) {}

Spool::~Spool() {
  stop();
}

void Spool::start(Fate fate) {
  fate_ = std::move(fate);
  thread_ = std::thread([this] { run(); });
}

Appended Spool::append(std::span<const std::string_view> rows, const Promise& promise) {
  std::size_t bytes = 0;
  for (const auto row : rows) bytes += row.size();
  bool wake;
  {
    const auto seconds = unix_seconds();
    MutexLock lock(mutex_);
    if (stopping_) return Appended::kStopping;
    if (!trouble_.empty()) return full_ ? Appended::kFull : Appended::kFailing;
    if (!waiting_.empty() && (waiting_.rows() + rows.size() > settings_.waiting_rows ||
                              waiting_.bytes() + bytes > settings_.waiting_bytes)) {
      return Appended::kFull;
    }
    waiting_.add(rows, promise, seconds);
    wake = asleep_ == Asleep::kUntilRow || (asleep_ != Asleep::kNo && is_large());
    if (wake) asleep_ = Asleep::kNo;
  }
  if (wake) changed_.notify_one();
  return Appended::kWaiting;
}

void Spool::turn_ended() {
  {
    MutexLock lock(mutex_);
    if (waiting_.empty()) return;
    turn_ended_ = true;
    const bool wake = asleep_ == Asleep::kUntilTurn ||
                      (asleep_ == Asleep::kUntilEnough && waiting_.requests() >= enough());
    if (!wake) return;
    asleep_ = Asleep::kNo;
  }
  changed_.notify_one();
}

// Clients that wait for their answers send nothing further: more requests than were in flight may
// not come.
std::size_t Spool::enough() const {
  return in_flight_ > kMany ? in_flight_ : std::min(in_flight_, kFew);
}

// So large that a sync takes longer, or that rows would soon be refused for want of room.
bool Spool::is_large() const {
  return waiting_.bytes() >= std::min(kGroupBytes, settings_.waiting_bytes / 2) ||
         waiting_.rows() >= settings_.waiting_rows / 2;
}

bool Spool::is_refusing() const {
  MutexLock lock(mutex_);
  return !trouble_.empty();
}

bool Spool::consumed(Position position, bool durable) {
  const auto done = segments_.consumed(position, durable);
  bool wake = false;
  {
    MutexLock lock(mutex_);
    if (done.freed && !trouble_.empty()) room_came_ = wake = true;
  }
  if (wake) changed_.notify_one();
  return !done.try_again;
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
  decided_at_ = Clock::now();
  // A disk that does not work is found before the first row comes.
  note(writer_.make_room(refused_bytes_));
  for (Group group;;) {
    switch (next(group)) {
      case Next::kGroup:
        commit(group);
        group.clear();
        continue;
      case Next::kRoom:
        note(writer_.make_room(refused_bytes_));
        continue;
      case Next::kEnd:
        writer_.sync_end();
        continue;
      case Next::kStop:
        break;
    }
    break;
  }
  writer_.finish();
  writer_.sync_end();
  segments_.end();
}

Spool::Next Spool::next(Group& group) {
  const auto end_due = writer_.end_due();
  MutexLock lock(mutex_);
  if (end_due && Clock::now() >= *end_due) return Next::kEnd;
  gather();
  while (waiting_.empty() && !stopping_) {
    if (trouble_.empty()) {
      sleep(Asleep::kUntilRow, end_due);
      if (waiting_.empty() && !stopping_ && end_due) return Next::kEnd;
    } else {
      if (!room_came_) sleep(Asleep::kUntilRow, Clock::now() + settings_.try_again);
      if (waiting_.empty() && !stopping_) {
        room_came_ = false;
        return Next::kRoom;
      }
    }
  }
  if (waiting_.empty()) return Next::kStop;
  std::swap(group, waiting_);
  turn_ended_ = false;
  // Right unless this group fails or begins a segment; then its records are moved.
  waiting_.records().set_lead((writer_.lead() + group.bytes()) % kBlockBytes);
  rate_.add(group.rows(), Clock::now());
  return Next::kGroup;
}

// A sync costs as much for one row as for hundreds. When rows come fast, a group waits for the rest
// of the turn that a request thread is at: while it goes to the disk, the threads have the next
// turn to do. With a group of all rows in flight they would wait for each sync, as the clients do;
// but with many in flight, that makes fewer syncs and no thread idle.
void Spool::gather() {
  if (rate_.per_second() < settings_.fast_rows) return;
  const auto until = decided_at_ + settings_.gather_max;
  const auto few_until = in_flight_ > kMany ? until : decided_at_ + settings_.gather_min;
  while (!stopping_ && !is_large()) {
    const auto now = Clock::now();
    if (turn_ended_ && (waiting_.requests() >= enough() || now >= few_until)) return;
    if (now >= until) return;
    if (now < few_until) {
      sleep(Asleep::kUntilEnough, few_until);
    } else {
      sleep(Asleep::kUntilTurn, until);
    }
  }
}

void Spool::sleep(Asleep why, std::optional<Clock::time_point> until) {
  asleep_ = why;
  if (until) {
    changed_.wait_until(mutex_, *until);
  } else {
    changed_.wait(mutex_);
  }
  asleep_ = Asleep::kNo;
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
    in_flight_ = group.requests() + waiting_.requests();
  }
  if (run) {
    note({});
    fate_.kept(run->rows);
    group.settle(Outcome::kKept);
    fate_.hand_over(*run);
    return;
  }
  note(tl::unexpected(run.error()));
  refused_bytes_ = std::min(group.bytes(), kGroupBytes);
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
  stats.last_commit = writer_.commits().last();
  if (const auto lately = writer_.commits().within(kSlowCommitRemembered); lately >= kSlowCommit) {
    stats.slow_commit = lately;
  }
  stats.group_rows = group_rows_.snapshot();
  MutexLock lock(mutex_);
  stats.waiting_rows = waiting_.rows();
  stats.trouble = trouble_;
  return stats;
}

}  // namespace rs::spool
