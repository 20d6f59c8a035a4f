// What the last process left: Segments::recover() and what it mends.

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>

#include "obs/log.h"
#include "spool/segment_header.h"
#include "spool/segments.h"

namespace rs::spool {

std::optional<std::uint64_t> Segments::next_left_over() const {
  const MutexLock lock(mutex_);
  for (const auto& [number, segment] : segments_) {
    if (segment.left_over) return number;
  }
  return std::nullopt;
}

Result<std::optional<Segments::Recovered>> Segments::recover() {
  const auto number = next_left_over();
  if (!number) {
    const MutexLock lock(mutex_);
    stats_.recovering = false;
    return std::optional<Recovered>();
  }
  SegmentReader reader(disk_, path_of(*number), *number);
  if (auto opened = reader.open(); !opened) return tl::unexpected(opened.error());
  std::uint64_t at = kSegmentHeaderBytes;
  bool is_last;
  {
    const MutexLock lock(mutex_);
    if (first_.segment == *number) at = std::max(at, first_.offset);
    if (const auto end = left_ends_.find(*number); end != left_ends_.end()) {
      reader.set_end(end->second);
    }
    const auto after = segments_.upper_bound(*number);
    is_last = after == segments_.end() || !after->second.left_over;
  }
  std::uint64_t rows = 0;
  Stretch stretch;
  do {
    auto next = reader.next(at, reader.end());
    if (!next) return tl::unexpected(next.error());
    stretch = *next;
    rows += stretch.rows;
    if (stretch.kind == Stretch::Kind::kDamage) set_aside(reader, stretch.begin, stretch.end);
    at = stretch.end;
  } while (stretch.kind != Stretch::Kind::kRest);
  cut(reader, stretch, is_last);
  {
    const MutexLock lock(mutex_);
    stats_.recovered_bytes += reader.file_bytes();
    auto& segment = segments_[*number];
    segment.left_over = false;
    segment.end = segment.bytes = std::max<std::uint64_t>(stretch.begin, kSegmentHeaderBytes);
  }
  if (rows == 0) forget(*number);
  return Recovered{rows, {*number, stretch.begin}};
}

// What follows the last record: room that was never used, or what a crash left half written.
void Segments::cut(SegmentReader& reader, const Stretch& rest, bool is_last) {
  if (rest.is_written && !is_last) set_aside(reader, rest.begin, rest.end);
  if (rest.is_written && is_last) {
    RS_LOG(kInfo, "{}: the last {} bytes were not written to their end, and are cut off",
           reader.path().string(), rest.end - rest.begin);
    const MutexLock lock(mutex_);
    stats_.torn_bytes += rest.end - rest.begin;
  }
  if (reader.file_bytes() <= rest.begin) return;
  const int descriptor = disk_.open(reader.path(), O_WRONLY);
  if (descriptor < 0) return;  // Then the file stays larger than it need be.
  const File file(disk_, descriptor);
  disk_.truncate(file.get(), rest.begin);
}

void Segments::set_aside(SegmentReader& reader, std::uint64_t begin, std::uint64_t end) {
  if (!known_damages_.insert({reader.number(), begin}).second) return;
  const auto folder = folder_ / "damaged";
  const auto path = folder / fmt::format("{}-{}", segment_name(reader.number()), begin);
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  int failed = disk_.open(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (failed >= 0) {
    const File file(disk_, failed);
    std::uint64_t at = 0;
    failed = 0;
    const auto read = reader.read(begin, end, [&](std::string_view bytes) {
      if (failed == 0) failed = disk_.write(file.get(), bytes, at);
      at += bytes.size();
    });
    if (!read) failed = -EIO;
  }
  RS_LOG(kError, "{}: {} bytes at {} are damaged and skipped; {} {}", reader.path().string(),
         end - begin, begin, failed < 0 ? "they could not be kept as" : "they are kept as",
         path.string());
  const MutexLock lock(mutex_);
  ++stats_.damages;
}

}  // namespace rs::spool
