#include "spool/segment_reader.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

#include "spool/segment_header.h"

namespace rs::spool {
namespace {

// What is read at once of a file that the disk refuses to read at length: a sector of most devices.
constexpr std::size_t kSectorBytes = 512;

}  // namespace

bool is_unreadable(ssize_t error) {
  switch (-error) {
    case EIO:
    case EBADMSG:  // ext4 and XFS: a checksum is wrong.
    case EUCLEAN:
    case EILSEQ:  // The device: a checksum is wrong; below, that the medium is.
    case ENODATA:
    case EREMOTEIO:
      return true;
    default:
      return false;
  }
}

Result<void> SegmentReader::open() {
  const int descriptor = disk_.open(path_, O_RDONLY);
  if (descriptor < 0) return failed("open", descriptor);
  file_ = File(disk_, descriptor);
  const auto size = disk_.size(descriptor);
  if (size < 0) return failed("read the size of", size);
  file_bytes_ = static_cast<std::uint64_t>(size);
  RS_TRY(const auto bytes, header());
  reused_ = is_reused_segment(bytes, number_);
  return {};
}

tl::unexpected<Error> SegmentReader::failed(std::string_view what, ssize_t returned) {
  refused_ = is_unreadable(returned);
  return disk_failed(what, path_, returned);
}

std::uint64_t SegmentReader::end() const {
  if (!known_end_.is_known()) return file_bytes_;
  return known_end_.at_least ? std::max(known_end_.at.offset, file_bytes_) : known_end_.at.offset;
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
  auto got = disk_.read(file_.get(), buffer_.data(), size, from);
  if (around_errors_ && is_unreadable(got)) {
    got = static_cast<ssize_t>(std::min<std::uint64_t>(size, file_bytes_ - from));
    read_around(from, {buffer_.data(), static_cast<std::size_t>(got)});
  }
  if (got < 0) return failed("read", got);
  return std::string_view(buffer_.data(), static_cast<std::size_t>(got));
}

// By halves: a disk takes its time to give up a sector, so as few of them as may be are tried.
void SegmentReader::read_around(std::uint64_t from, std::span<char> into) {
  const auto got = disk_.read(file_.get(), into.data(), into.size(), from);
  if (got == static_cast<ssize_t>(into.size())) return;
  const std::uint64_t middle = (from + into.size() / 2) / kSectorBytes * kSectorBytes;
  if (got < 0 && middle > from) {
    const auto half = static_cast<std::size_t>(middle - from);
    read_around(from, into.first(half));
    return read_around(middle, into.subspan(half));
  }
  const auto whole = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  std::fill(into.begin() + static_cast<std::ptrdiff_t>(whole), into.end(), '\0');
  auto& until = unreadable_[from + whole];
  until = std::max(until, from + into.size());
}

std::uint64_t SegmentReader::unreadable_until(std::uint64_t from, std::uint64_t end) const {
  std::uint64_t until = from;
  for (const auto& [bad, good] : unreadable_) {
    if (bad < end && good > from) until = std::max(until, std::min(good, end));
  }
  return until;
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
  const bool known = from < known_end_.at.offset;
  if (known) end = std::min(end, known_end_.at.offset);
  RS_TRY(Stretch stretch, next_until(from, end));
  const std::uint64_t unreadable = unreadable_until(stretch.begin, stretch.end);
  if (stretch.kind == Stretch::Kind::kRest) {
    if (known && stretch.begin < end) {
      stretch.kind = Stretch::Kind::kDamage;
    } else if (unreadable > stretch.begin) {
      // Whether there were rows is not known, and more may follow.
      stretch.kind = Stretch::Kind::kDamage;
      stretch.end = unreadable;
    }
  }
  stretch.is_unreadable = stretch.kind == Stretch::Kind::kDamage && unreadable > stretch.begin;
  return stretch;
}

Result<Stretch> SegmentReader::next_until(std::uint64_t from, std::uint64_t end) {
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
    if (stretch.open_rows == 0) stretch.open_begin = from + size;
    stretch.open_rows = record.more ? stretch.open_rows + 1 : 0;
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
