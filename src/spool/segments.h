#pragma once
// The folder of segment files: which there are, how much room they take, how far they are consumed.
//   SegmentWriter --begin, grown, finish--> [ segments ] --recover, read, consumed--> delivery
// Beside them lie two small files: `position`, up to where all rows are delivered, and `end`, up to
// where rows were kept. The end is written behind each group and synced once a second and at a
// stop: after a stop or the end of the process it is exact, after a power cut it may lie behind.
// What is missing before it was kept and is lost: that is damage, and is said.
// A segment is removed as soon as everything in it is consumed and not before the position that
// says so is durable. One such file is kept to be used again, because what is overwritten is synced
// at half the cost; it gives its room back when that is short. Thread-safe, with this rule:
// begin(), grown(), sync_end() and finish() are for one thread, recover(), read() and consumed()
// for another. No lock is held over a call of the disk.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "spool/disk.h"
#include "spool/ends.h"
#include "spool/position.h"
#include "spool/position_file.h"
#include "spool/segment_reader.h"

namespace rs::spool {

// Rows side by side in one segment.
struct Run {
  Position begin, end;
  std::string_view bytes;  // Records: see take_record(). Valid until the next call.
  std::uint64_t rows = 0;
};

struct SegmentLimits {
  std::uint64_t max_bytes = 8ULL << 30;       // Of all files together.
  std::uint64_t segment_bytes = 64ULL << 20;  // Of one file; less when there is little room.
  // How long a read is tried again before what the disk refuses to read is skipped.
  std::chrono::milliseconds unreadable_after{5000};
};

struct SegmentStats {
  std::uint64_t segments = 0, bytes = 0;  // Files, and what they take on the disk.
  std::uint64_t damages = 0;     // Stretches that were kept and cannot be read, or are missing.
  std::uint64_t torn_bytes = 0;  // Cut off at the end: what a crash left half written.
  std::uint64_t recovered_bytes = 0, left_over_bytes = 0;  // Of what the last process left.
  bool recovering = false;
};

class Segments {
 public:
  Segments(Disk& disk, std::filesystem::path folder, SegmentLimits limits);

  // Reads what is there, which takes no time: rows are read by recover(). kRefused when a file has
  // a format this program does not know.
  [[nodiscard]] Result<void> open();

  // A new segment with room for at least `bytes` of records. kOverloaded when there is no room.
  struct Place {
    std::uint64_t number, bytes;
    std::optional<std::uint64_t> spare;  // A consumed file that is to become it.
  };
  [[nodiscard]] Result<Place> begin(std::uint64_t bytes);
  // It could not be made.
  void cancel(std::uint64_t number);
  // Where the rows of the last process end, as far as it has said so; there may be more.
  [[nodiscard]] End left_end() const { return left_end_; }
  // Its records now reach to `end`, durably; noted beside the segments for the next process.
  void grown(const End& end);
  // Makes that note durable, if it is not.
  void sync_end();
  [[nodiscard]] bool is_end_synced() const { return end_synced_; }
  // Nothing more will be written to it; it takes `bytes` on the disk.
  void finish(std::uint64_t number, std::uint64_t bytes);
  // No segment will be begun any more.
  void end();

  // Looks through the next segment that the last process left; nothing once there is none. Cuts a
  // torn tail and sets damage aside. An Error is to be tried again: what the disk refuses to read
  // for longer than SegmentLimits::unreadable_after is then damage.
  struct Recovered {
    std::uint64_t rows = 0;
    std::uint64_t lost = 0;  // Rows that were kept and are not there any more, as far as known.
    Position end;
  };
  [[nodiscard]] Result<std::optional<Recovered>> recover();

  // Where delivery has to begin.
  [[nodiscard]] Position first() const;
  // The next records at or behind `from` and before `until`. `end` is where to go on, also when
  // there are no rows: damage was skipped, or there are none.
  [[nodiscard]] Result<Run> read(Position from, Position until);
  // Everything before `position` is delivered. Removes what that frees. With `durable` the position
  // is so when this returns.
  struct Consumed {
    bool freed = false;
    bool try_again = false;  // The disk failed: what is delivered still takes room.
  };
  Consumed consumed(Position position, bool durable = false);

  [[nodiscard]] SegmentStats stats() const;
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t number) const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Segment {
    std::uint64_t end = 0;    // Of its records, as far as known.
    std::uint64_t bytes = 0;  // On the disk.
    bool growing = false;
    bool left_over = false;   // From the last process, and not looked through yet.
    bool keep_whole = false;  // Holds damage that is nowhere else: not cut, used again or removed.
  };
  // A segment of which the disk refuses to read something.
  struct Unreadable {
    std::chrono::steady_clock::time_point since;
    bool go_around = false;
  };

  struct Look;  // What was found in a segment: recovery.cc.

  Result<void> check_header(std::uint64_t number);
  Result<void> take_file(const std::filesystem::path& path, Position delivered);
  Result<void> open_end();
  void note_end(const Result<void>& outcome);
  void report_missing(Position delivered);
  Position settled(Position position) const REQUIRES(mutex_);
  std::optional<std::uint64_t> next_left_over() const;
  Result<Look> look_through(SegmentReader& reader, std::uint64_t from, const End& end);
  Result<std::uint64_t> lost_rows(SegmentReader& reader, std::uint64_t from, const Look& look,
                                  const End& end);
  void cut(SegmentReader& reader, const Stretch& rest, bool is_torn);
  void done_with(std::uint64_t number, std::uint64_t end, std::uint64_t file_bytes);
  bool forget(std::uint64_t number);
  bool keep_position(Position position);
  bool keep_spare(std::uint64_t number);
  Result<Place> find_room(std::uint64_t bytes, const Space& space,
                          std::optional<std::uint64_t>& unused);
  // The spare file, if it is to become a segment of so many bytes. Otherwise it is `unused`.
  std::optional<std::uint64_t> take_spare(std::uint64_t bytes, std::optional<std::uint64_t>& unused)
      REQUIRES(mutex_);

  // damage.cc: what cannot be read, and how long it is tried.
  void note_damage(const SegmentReader& reader, const Stretch& damage);
  Result<std::filesystem::path> set_aside(std::uint64_t number, const Stretch& damage);
  bool keeps_whole(std::uint64_t number) const;
  bool move_aside(std::uint64_t number);
  void forget_damage(std::uint64_t number);
  bool goes_around(std::uint64_t number);
  Result<Run> read_failed(const SegmentReader& reader, const Error& error, const Run& skipped);

  Disk& disk_;
  const std::filesystem::path folder_;
  const SegmentLimits limits_;

  mutable Mutex mutex_;
  std::map<std::uint64_t, Segment> segments_ GUARDED_BY(mutex_);
  Ends left_ends_ GUARDED_BY(mutex_);  // Of the segments that the last process left.
  std::uint64_t missing_rows_ GUARDED_BY(mutex_) = 0;  // Of their files that are gone.
  std::uint64_t next_number_ GUARDED_BY(mutex_) = 1;
  Position first_ GUARDED_BY(mutex_);  // Everything before it is consumed.
  struct Spare {
    std::uint64_t number, bytes;
  };
  std::optional<Spare> spare_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  SegmentStats stats_ GUARDED_BY(mutex_);

  // Touched by the writing thread only, once open.
  PositionFile end_file_;
  End left_end_;
  bool end_synced_ = true;
  bool end_fails_ = false;

  // Touched by the reading thread only.
  PositionFile position_file_;
  Position written_;  // In the file.
  bool durable_ = true;
  bool position_fails_ = false;
  std::chrono::steady_clock::time_point synced_at_{};
  std::unique_ptr<SegmentReader> reader_;
  std::set<Position> known_damages_;  // Each is met by recover() and again by read().
  std::map<std::uint64_t, Unreadable> unreadable_;
};

}  // namespace rs::spool
