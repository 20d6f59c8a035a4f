#pragma once
// Rows on disk between the request threads and delivery: what WRITERS__ACK=spooled promises.
//
//   request threads --append--> [ group ] --one write, one sync--> segment files
//                                   |                                   |
//                        promises settled, rows kept             read, consumed <-- delivery
//
// append() copies the row and never waits for the disk. One thread of its own writes what has come
// meanwhile as one group; when rows come fast, it does so when a request thread has ended its turn.
// When the disk fails or is full, rows are refused until a new segment can be written; no restart
// is needed, and no row counts as kept before its group was synced.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "base/mailbox.h"
#include "base/mutex.h"
#include "base/result.h"
#include "obs/counter.h"
#include "spool/disk.h"
#include "spool/group.h"
#include "spool/segment_writer.h"
#include "spool/segments.h"

namespace rs::spool {

struct SpoolSettings {
  std::filesystem::path folder;
  Sync sync = Sync::kDisk;
  SegmentLimits limits;
  std::size_t waiting_rows = 100'000;  // Not yet written. Beyond: full.
  std::size_t waiting_bytes = 32 * 1024 * 1024;
  std::chrono::milliseconds try_again{500};  // After a failure of the disk.
  // The loss of rows that were kept within this time before a power cut may go unnoticed.
  std::chrono::milliseconds end_age{1000};
  // Rows a second from which a group waits to be larger, and how long at most, from the last one
  // on: the first when few are in flight and the turn has ended, the second in any case.
  double fast_rows = 10'000;
  std::chrono::microseconds gather_min{1000}, gather_max{5000};
};

struct SpoolStats {
  SegmentStats segments;
  std::uint64_t waiting_rows = 0;  // Appended and not yet decided.
  std::string trouble;             // Why rows are refused now; empty when they are not.
  std::uint64_t failures = 0;      // Times the disk failed or was found full.
  obs::HistogramSnapshot sync_micros, group_rows;
  std::chrono::microseconds last_commit{};  // What the disk took for a group (commit_clock.h).
  std::chrono::microseconds slow_commit{};  // The same when it is slow now; 0 when it is not.
};

// Rows a second, over the last hundredth of one or so.
class RowRate {
 public:
  using Clock = std::chrono::steady_clock;
  void add(std::size_t rows, Clock::time_point now) {
    rows_ += rows;
    const auto took = now - since_;
    if (took < std::chrono::milliseconds(10)) return;
    per_second_ = static_cast<double>(rows_) / std::chrono::duration<double>(took).count();
    rows_ = 0;
    since_ = now;
  }
  [[nodiscard]] double per_second() const { return per_second_; }

 private:
  Clock::time_point since_{};
  std::size_t rows_ = 0;
  double per_second_ = 0;
};

enum class Appended : std::uint8_t { kWaiting, kFull, kFailing, kStopping };

class Spool {
  using Clock = std::chrono::steady_clock;

 public:
  // Called by the spool's thread, for each group: it is on disk, or it never counted. Whoever waits
  // for its rows is told after that, and before the rows are handed over, which takes its time.
  struct Fate {
    std::function<void(std::uint64_t rows)> kept;
    std::function<void(std::size_t rows, Appended why)> refused;
    std::function<void(const Run& run)> hand_over;  // Of kept rows.
  };

  // `disk` outlives it.
  Spool(SpoolSettings settings, Disk& disk);
  ~Spool();

  // Finds what the last process left. kRefused when that has an unknown format.
  [[nodiscard]] Result<void> open() { return segments_.open(); }
  void start(Fate fate);

  // The rows of one request, at least one, which are kept together or not at all. kWaiting:
  // `promise` is settled once they are kept (on disk) or refused. Any thread.
  [[nodiscard]] Appended append(std::span<const std::string_view> rows, const Promise& promise);

  // A request thread has appended all that had come. When rows come fast, they are written after
  // this only (or after gather_max): waiting for the others of the turn makes one sync of many.
  void turn_ended();

  // Why append() would refuse now, if it would. For callers that can wait.
  [[nodiscard]] bool is_refusing() const;

  // The reading side: recover() until it gives nothing, then read() and consumed(). One thread.
  [[nodiscard]] Segments& segments() { return segments_; }
  // As Segments::consumed(); room that comes by it is used at once. False: to be tried again.
  bool consumed(Position position, bool durable = false);

  // Writes what was appended, and refuses from then on.
  void stop();

  [[nodiscard]] SpoolStats stats() const;

 private:
  // Whether the thread has to be woken, and by what: any row, the end of a turn when there are
  // enough rows, or the end of any turn. A large group wakes it in any case.
  enum class Asleep : std::uint8_t { kNo, kUntilRow, kUntilEnough, kUntilTurn };

  // What there is to do: write a group, try to begin a segment again, make the end durable.
  enum class Next : std::uint8_t { kGroup, kRoom, kEnd, kStop };

  void run();
  Next next(Group& group);
  void gather() REQUIRES(mutex_);
  void sleep(Asleep why, std::optional<Clock::time_point> until) REQUIRES(mutex_);
  [[nodiscard]] std::size_t enough() const REQUIRES(mutex_);
  [[nodiscard]] bool is_large() const REQUIRES(mutex_);
  void commit(Group& group);
  Result<Run> write(Group& group);
  void note(const Result<void>& outcome);

  const SpoolSettings settings_;
  Segments segments_;
  SegmentWriter writer_;  // The spool's thread only.
  Fate fate_;

  mutable Mutex mutex_;
  CondVar changed_;
  Group waiting_ GUARDED_BY(mutex_);
  std::string trouble_ GUARDED_BY(mutex_);  // Empty: none.
  bool full_ GUARDED_BY(mutex_) = false;    // The trouble is want of room.
  bool room_came_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool turn_ended_ GUARDED_BY(mutex_) = false;  // With rows that wait.
  Asleep asleep_ GUARDED_BY(mutex_) = Asleep::kNo;
  // Requests not decided when the last group was on disk, its own too.
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;

  // The spool's thread only.
  Clock::time_point decided_at_;   // The last group was.
  std::size_t refused_bytes_ = 1;  // Of the last group that was: room for less is no room.
  RowRate rate_;

  obs::Counter failures_;
  obs::Histogram group_rows_;
  std::thread thread_;
};

}  // namespace rs::spool
