// What the last process left: Segments::recover() and what it mends.

#include <algorithm>
#include <utility>

#include <fcntl.h>

#include "obs/log.h"
#include "spool/segment_header.h"
#include "spool/segments.h"

namespace rs::spool {

struct Segments::Look {
  std::uint64_t rows = 0;
  std::uint64_t known_rows = 0;  // Of them, those before the end that is known.
  bool damaged = false;
  Stretch rest;
};

std::optional<std::uint64_t> Segments::next_left_over() const {
  const MutexLock lock(mutex_);
  for (const auto& [number, segment] : segments_) {
    if (segment.left_over) return number;
  }
  return std::nullopt;
}

Result<std::optional<Segments::Recovered>> Segments::recover() {
  std::uint64_t from = kSegmentHeaderBytes;
  bool is_last;
  End end;
  const auto number = next_left_over();
  {
    const MutexLock lock(mutex_);
    if (missing_rows_ > 0) return Recovered{0, std::exchange(missing_rows_, 0), {}};
    if (!number) {
      stats_.recovering = false;
      return std::optional<Recovered>();
    }
    if (first_.segment == *number) from = std::max(from, first_.offset);
    end = left_ends_.of(*number);
    const auto after = segments_.upper_bound(*number);
    is_last = after == segments_.end() || !after->second.left_over;
  }
  SegmentReader reader(disk_, path_of(*number), *number);
  if (goes_around(*number)) reader.read_around_errors();
  reader.set_end(end);
  if (auto opened = reader.open(); !opened) {
    const Run skipped{{*number, from}, {*number, std::max(from, end.at.offset)}, {}, 0};
    const auto failed = read_failed(reader, opened.error(), skipped);
    if (!failed) return tl::unexpected(failed.error());
    done_with(*number, kSegmentHeaderBytes, 0);
    return Recovered{0, from == kSegmentHeaderBytes ? end.rows : 0, {}};
  }
  const auto look = look_through(reader, from, end);
  if (!look) return tl::unexpected(read_failed(reader, look.error(), {}).error());
  RS_TRY(const auto lost, lost_rows(reader, from, *look, end));
  cut(reader, look->rest, is_last || end.is_known());
  done_with(*number, look->rest.begin, reader.file_bytes());
  return Recovered{look->rows, lost, {*number, look->rest.begin}};
}

Result<Segments::Look> Segments::look_through(SegmentReader& reader, std::uint64_t from,
                                              const End& end) {
  Look look;
  OpenRequest open;
  for (;;) {
    RS_TRY(const Stretch stretch, reader.next(from, reader.end()));
    open.follow(stretch);
    look.rows += stretch.rows;
    if (stretch.end <= end.at.offset) look.known_rows += stretch.rows;
    if (stretch.kind == Stretch::Kind::kDamage) {
      look.damaged = true;
      note_damage(reader, stretch);
    }
    from = stretch.end;
    if (stretch.kind != Stretch::Kind::kRest) continue;
    look.rest = stretch;
    if (open.rows() > 0) {
      look.rows -= open.rows();
      look.rest.begin = open.begin();
      look.rest.is_written = true;
    }
    return look;
  }
}

// Rows behind `from` that are known to have been kept and were not found. Those before it that
// cannot be read any more are counted, too: which of both are missing cannot be told.
Result<std::uint64_t> Segments::lost_rows(SegmentReader& reader, std::uint64_t from,
                                          const Look& look, const End& end) {
  if (!look.damaged || end.rows == 0) return std::uint64_t{0};
  std::uint64_t found = look.known_rows;
  for (std::uint64_t at = kSegmentHeaderBytes; at < from;) {
    RS_TRY(const Stretch stretch, reader.next(at, from));
    found += stretch.rows;
    at = stretch.end;
  }
  const std::uint64_t lost = end.rows > found ? end.rows - found : 0;
  RS_LOG(kError, "{}: {} rows that were kept are lost", reader.path().string(), lost);
  return lost;
}

// What follows the last record: room that was never used, or what a crash left half written.
void Segments::cut(SegmentReader& reader, const Stretch& rest, bool is_torn) {
  if (rest.is_written && !is_torn) {
    note_damage(reader, rest);
  } else if (rest.is_written) {
    RS_LOG(kInfo, "{}: the last {} bytes were not written to their end, and are cut off",
           reader.path().string(), rest.end - rest.begin);
    const MutexLock lock(mutex_);
    stats_.torn_bytes += rest.end - rest.begin;
  }
  if (reader.file_bytes() <= rest.begin || keeps_whole(reader.number())) return;
  const int descriptor = disk_.open(reader.path(), O_WRONLY);
  if (descriptor < 0) return;  // Then the file stays larger than it need be.
  const File file(disk_, descriptor);
  disk_.truncate(file.get(), rest.begin);
}

void Segments::done_with(std::uint64_t number, std::uint64_t end, std::uint64_t file_bytes) {
  bool is_empty_first;
  {
    const MutexLock lock(mutex_);
    stats_.recovered_bytes += file_bytes;
    auto& segment = segments_[number];
    segment.left_over = false;
    segment.end = std::max<std::uint64_t>(end, kSegmentHeaderBytes);
    segment.bytes = segment.keep_whole ? file_bytes : segment.end;
    // Later ones go when what lies before them is delivered: their headers say where that ends.
    is_empty_first = segment.end == kSegmentHeaderBytes && number == segments_.begin()->first;
  }
  if (is_empty_first) forget(number);
}

}  // namespace rs::spool
