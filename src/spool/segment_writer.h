#pragma once
// Writes groups of records to the newest segment and begins the next one in time. A write or sync
// that failed ends its segment: what the disk holds of it behind the last good group is unknown,
// and a second sync would only say that nothing is left to do. One thread.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "obs/counter.h"
#include "spool/disk.h"
#include "spool/file.h"
#include "spool/segments.h"

namespace rs::spool {

enum class Sync : std::uint8_t {
  kDisk,     // fdatasync before a group counts: survives a power cut.
  kProcess,  // Written is enough: survives the end of the process, however it comes.
};

class SegmentWriter {
 public:
  SegmentWriter(Disk& disk, Segments& segments, Sync sync)
      : disk_(disk), segments_(segments), sync_(sync) {}

  // Makes sure that `bytes` of records fit, in a new segment if need be. kOverloaded: no room.
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes);

  // Writes the records of a group, which become durable by that: the run of them. With an Error
  // none of them counts, and the next call of make_room() begins a new segment.
  [[nodiscard]] Result<Run> append(std::string& records, std::uint64_t rows);

  // Ends the current segment. Its unused room is given back.
  void finish();

  [[nodiscard]] bool is_open() const { return file_.is_open(); }
  [[nodiscard]] obs::HistogramSnapshot sync_micros() const { return sync_micros_.snapshot(); }

 private:
  Result<void> begin(std::uint64_t bytes);
  Result<void> sync();

  Disk& disk_;
  Segments& segments_;
  const Sync sync_;
  File file_;
  Position end_;             // Of what is durable.
  std::uint64_t bytes_ = 0;  // Room in the file.
  obs::Histogram sync_micros_;
};

}  // namespace rs::spool
