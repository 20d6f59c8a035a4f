#include "spool/segment_reader.h"

#include <algorithm>
#include <system_error>

#include <fcntl.h>

#include "spool/segment_header.h"

namespace rs::spool {

Result<void> SegmentReader::open() {
  const int descriptor = disk_.open(path_, O_RDONLY);
  if (descriptor < 0) return disk_failed("open", path_, descriptor);
  file_ = File(disk_, descriptor);
  std::error_code error;
  file_bytes_ = std::filesystem::file_size(path_, error);
  if (error) return disk_failed("read the size of", path_, -error.value());
  RS_TRY(const auto bytes, header());
  reused_ = is_reused_segment(bytes, number_);
  return {};
}

Result<std::string_view> SegmentReader::header() {
  return load(0, file_bytes_, kSegmentHeaderBytes);
}

Result<std::string_view> SegmentReader::load(std::uint64_t from, std::uint64_t end,
                                             std::uint64_t want) {
  const auto size = static_cast<std::size_t>(std::min(want, end > from ? end - from : 0));
  if (buffer_.size() < size || buffer_.size() > 4 * std::max(size, kWindow)) {
    buffer_ = std::vector<char>(std::max(size, kWindow));
  }
  const auto got = disk_.read(file_.get(), buffer_.data(), size, from);
  if (got < 0) return disk_failed("read", path_, got);
  return std::string_view(buffer_.data(), static_cast<std::size_t>(got));
}

Result<Found> SegmentReader::look_at(std::uint64_t from, std::uint64_t end, Record& record) {
  std::uint64_t want = kWindow;
  for (;;) {
    RS_TRY(const std::string_view bytes, load(from, end, want));
    const auto found = read_record(bytes, end - from, {number_, from}, record);
    if (found != Found::kMore) return found;
    if (bytes.size() < want) return Found::kDamage;  // The file is shorter than it was.
    want = std::min(want * 8, end - from);
  }
}

Result<Stretch> SegmentReader::next(std::uint64_t from, std::uint64_t end) {
  Stretch stretch;
  stretch.begin = from;
  stretch.end = std::max(from, end);
  if (from >= end) return stretch;
  Record record;
  RS_TRY(const auto found, look_at(from, end, record));
  if (found != Found::kRecord) return search(from, end);

  // The window begins with a whole record, and more may follow in it.
  RS_TRY(const std::string_view window, load(from, end, std::max(kWindow, record.size())));
  std::size_t size = 0;
  while (read_record(window.substr(size), end - from - size, {number_, from + size}, record) ==
         Found::kRecord) {
    size += record.size();
    ++stretch.rows;
  }
  if (stretch.rows == 0) return search(from, end);  // It has changed under us.
  stretch.kind = Stretch::Kind::kRecords;
  stretch.end = from + size;
  stretch.bytes = window.substr(0, size);
  return stretch;
}

Result<Stretch> SegmentReader::search(std::uint64_t from, std::uint64_t end) {
  Stretch stretch;
  stretch.begin = from;
  stretch.end = end;
  stretch.is_written = known_end_ && from < end;
  std::uint64_t at = from;
  std::size_t skip = 1;  // Within the window: what is at `from` itself is known to be none.
  while (at < end) {
    RS_TRY(const std::string_view window, load(at, end, kWindow));
    stretch.is_written =
        stretch.is_written || (reused_ ? at == from && begins_record(window, {number_, from})
                                       : window.find_first_not_of('\0') != std::string_view::npos);
    const std::size_t mark = find_mark(window, skip);
    if (mark == window.size()) {
      if (window.size() < kWindow) break;
      at += window.size() - 1;  // The last byte may be half a mark.
      skip = 0;
      continue;
    }
    Record record;
    auto found = read_record(window.substr(mark), end - at - mark, {number_, at + mark}, record);
    if (found == Found::kMore) {
      RS_TRY(found, look_at(at + mark, end, record));
      at += mark;  // The window is gone: go on from here.
      if (found != Found::kRecord) {
        skip = 1;
        continue;
      }
    } else if (found != Found::kRecord) {
      skip = mark + 1;
      continue;
    } else {
      at += mark;
    }
    stretch.kind = Stretch::Kind::kDamage;
    stretch.end = at;
    return stretch;
  }
  return stretch;
}

}  // namespace rs::spool
