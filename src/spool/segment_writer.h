#pragma once
// Writes groups of records to the newest segment and begins the next one in time. A write or sync
// that failed ends its segment: what the disk holds of it behind the last good group is unknown,
// and a second sync would only say that nothing is left to do. One thread.
//
// Files that are used again are written past the page cache (O_DIRECT), where the file system can
// do that: a group of 64 kB is durable in half the time and for half the CPU. New files are not: in
// an outage all are new, and the backlog is then read from memory. A group begins in the midst of a
// block most often; the bytes before it are written again as they are.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "obs/counter.h"
#include "spool/commit_clock.h"
#include "spool/disk.h"
#include "spool/file.h"
#include "spool/record_blocks.h"
#include "spool/segments.h"

namespace rs::spool {

enum class Sync : std::uint8_t {
  kDisk,     // fdatasync before a group counts: survives a power cut.
  kProcess,  // Written is enough: survives the end of the process, however it comes.
};

class SegmentWriter {
 public:
  // `end_age`: after so long what is noted of the end is made durable.
  SegmentWriter(Disk& disk, Segments& segments, Sync sync,
                std::chrono::milliseconds end_age = std::chrono::seconds(1))
      : disk_(disk), segments_(segments), sync_(sync), end_age_(end_age) {}

  // Makes sure that `bytes` of records fit, in a new segment if need be. kOverloaded: no room.
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes);

  // Writes the records of a group, which become durable by that: the run of them. With an Error
  // none of them counts, and the next call of make_room() begins a new segment.
  [[nodiscard]] Result<Run> append(RecordBlocks& records, std::uint64_t rows);

  // Ends the current segment. Its unused room is given back.
  void finish();

  // When what is noted of the end (Segments::grown) is to be made durable; nothing when it is.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> end_due() const;
  void sync_end();

  // Where in its block the next group will begin.
  [[nodiscard]] std::size_t lead() const { return tail_.size(); }
  [[nodiscard]] bool is_open() const { return file_.is_open(); }
  [[nodiscard]] obs::HistogramSnapshot sync_micros() const { return sync_micros_.snapshot(); }
  // Of make_room() and append() together.
  [[nodiscard]] const CommitClock& commits() const { return commits_; }

 private:
  // What failed, and how.
  struct Failed {
    std::string_view what;
    int returned = 0;
  };
  Result<void> begin(std::uint64_t bytes);
  Failed prepare(const std::filesystem::path& path, const Segments::Place& place, bool direct);
  Result<void> sync();
  Result<void> write(RecordBlocks& records, std::string_view blocks);
  void end_commit(std::uint64_t rows);

  Disk& disk_;
  Segments& segments_;
  const Sync sync_;
  const std::chrono::milliseconds end_age_;
  File file_;
  Position end_;                        // Of what is durable.
  std::uint64_t rows_ = 0;              // In the segment, durably.
  std::uint64_t bytes_ = 0;             // Room in the file.
  std::string tail_;                    // What the file holds of the block in which end_ lies.
  bool direct_ = sync_ == Sync::kDisk;  // Until a file system says that it cannot.
  std::chrono::steady_clock::time_point end_due_{};
  obs::Histogram sync_micros_;
  CommitClock commits_;
  bool is_slow_ = false;  // The last group took as long as is worth a warning.
};

}  // namespace rs::spool
