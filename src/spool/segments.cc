#include "spool/segments.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "obs/log.h"
#include "spool/folder.h"
#include "spool/segment_header.h"

namespace rs::spool {
namespace {

using Clock = std::chrono::steady_clock;

// A segment is not made smaller than this for want of room: it would only mean more files.
constexpr std::uint64_t kSmallBytes = 1ULL << 20;
// How much of its position a power cut may take back: rows of that time are delivered twice.
constexpr std::chrono::seconds kPositionAge{1};
// Files smaller than this, or than a quarter of what one may be, are not kept to be used again.
constexpr std::uint64_t kSpareBytes = 512ULL << 10;

}  // namespace

Segments::Segments(Disk& disk, std::filesystem::path folder, SegmentLimits limits)
    : disk_(disk),
      folder_(std::move(folder)),
      limits_(limits),
      end_file_(disk, folder_ / "end"),
      position_file_(disk, folder_ / "position") {}

std::filesystem::path Segments::path_of(std::uint64_t number) const {
  return folder_ / segment_name(number);
}

Result<void> Segments::check_header(std::uint64_t number) {
  SegmentReader reader(disk_, path_of(number), number);
  reader.read_around_errors();  // A header is not needed to find rows.
  auto opened = reader.open();
  if (!opened && !reader.is_refused()) return opened;
  std::string_view bytes;
  if (opened) {
    RS_TRY(bytes, reader.header());
  }
  const auto version = segment_version(bytes, number);
  if (version && !is_known_format(*version)) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} has format version {}, and this program knows versions {} to {}: "
                    "let the program that wrote it deliver it, or move it away",
                    reader.path().string(), *version, kOldestFormatVersion, kFormatVersion));
  }
  const MutexLock lock(mutex_);
  left_ends_.learn(end_of_segment_before(bytes, number));
  segments_[number] = {.end = reader.file_bytes(), .bytes = reader.file_bytes(), .left_over = true};
  stats_.left_over_bytes += reader.file_bytes();
  next_number_ = std::max(next_number_, number + 1);
  return {};
}

Result<void> Segments::open() {
  if (auto made = make_folder(disk_, folder_); !made) return made;
  if (auto opened = position_file_.open(true); !opened) return opened;
  const Position delivered = position_file_.position();
  const bool found = position_file_.found();
  // Numbers begin anew, so what a sink remembers of them (bigquery/ledger.h) is over. Where
  // the position cannot be written, the next process finds none again.
  if (!found) disk_.remove(folder_ / "ledger");
  durable_ = keep_position(delivered);
  if (auto opened = open_end(); !opened) return opened;
  if (const int synced = disk_.sync_folder(folder_); synced < 0) {
    return disk_failed("sync the folder", folder_, synced);
  }
  {
    const MutexLock lock(mutex_);
    first_ = delivered;
    next_number_ = std::max(delivered.segment, left_end_.at.segment) + 1;
    left_ends_.learn(left_end_);
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (auto taken = take_file(entry.path(), delivered); !taken) return taken;
  }
  if (error) return disk_failed("read", folder_, -error.value());
  // Without a position what is not there may have been delivered.
  if (found) report_missing(delivered);
  const MutexLock lock(mutex_);
  stats_.recovering = !segments_.empty() || missing_rows_ > 0;
  return {};
}

Result<void> Segments::take_file(const std::filesystem::path& path, Position delivered) {
  const auto number = segment_number(path);
  if (!number) return {};
  if (*number >= delivered.segment) return check_header(*number);
  // Consumed: the last process had no time left to remove it.
  if (durable_) disk_.remove(path);
  return {};
}

Result<void> Segments::open_end() {
  if (auto opened = end_file_.open(true); !opened) return opened;
  left_end_ = {.at = end_file_.position(), .rows = end_file_.rows(), .at_least = true};
  end_synced_ = false;
  for (int slot = 0; slot < 2; ++slot) grown(left_end_);  // The room for both, from the start.
  sync_end();
  return {};
}

void Segments::report_missing(Position delivered) {
  std::vector<End> missing;
  {
    const MutexLock lock(mutex_);
    // A pointer, because clang's analysis takes a reference inside a lambda for one without the
    // lock.
    const auto* const segments = &segments_;
    missing = left_ends_.missing(delivered,
                                 [&](std::uint64_t number) { return segments->contains(number); });
  }
  for (const End& end : missing) {
    const bool whole =
        delivered.segment < end.at.segment || delivered.offset <= kSegmentHeaderBytes;
    RS_LOG(kError, "{} is missing, with {}{} rows that were not delivered",
           path_of(end.at.segment).string(), whole ? "" : "some of its ", end.rows);
    const MutexLock lock(mutex_);
    ++stats_.damages;
    if (whole) missing_rows_ += end.rows;
  }
}

// What was found may be in the page cache only. Written in both slots, it also takes the room that
// it will need when the disk is full.
bool Segments::keep_position(Position position) {
  const bool kept =
      position_file_.write(position) && position_file_.write(position) && position_file_.sync();
  if (kept) written_ = position;
  return kept;
}

Result<Segments::Place> Segments::begin(std::uint64_t bytes) {
  Space space;
  if (const int failed = disk_.space(folder_, space); failed < 0) {
    return disk_failed("read the free space of", folder_, failed);
  }
  std::optional<std::uint64_t> unused;
  auto place = find_room(bytes, space, unused);
  if (unused) disk_.remove(path_of(*unused));
  return place;
}

Result<Segments::Place> Segments::find_room(std::uint64_t bytes, const Space& space,
                                            std::optional<std::uint64_t>& unused) {
  const MutexLock lock(mutex_);
  std::uint64_t used = 0;
  for (const auto& [number, segment] : segments_) used += segment.bytes;
  const std::uint64_t allowed = limits_.max_bytes > used ? limits_.max_bytes - used : 0;
  const std::uint64_t kept_free = space.total / 20, spare = spare_ ? spare_->bytes : 0;
  const std::uint64_t free =
      space.available + spare > kept_free ? space.available + spare - kept_free : 0;
  const std::uint64_t room = std::min(allowed, free), need = kSegmentHeaderBytes + bytes;
  if (room < need) {
    return fail(ErrorCode::kOverloaded,
                room == allowed
                    ? fmt::format("the spool holds {} bytes, SPOOL__MAX_BYTES are {}", used,
                                  limits_.max_bytes)
                    : fmt::format("the disk of {} has {} bytes left, and the last 5 % stay free",
                                  folder_.string(), space.available));
  }
  // Smaller files when there is little room: each gives its room back when it is consumed.
  const std::uint64_t size =
      std::max(need, std::min({limits_.segment_bytes, room, std::max(kSmallBytes, room / 8)}));
  const std::uint64_t number = next_number_++;
  segments_[number] = {.end = kSegmentHeaderBytes, .bytes = size, .growing = true};
  return Place{number, size, take_spare(size, unused)};
}

std::optional<std::uint64_t> Segments::take_spare(std::uint64_t bytes,
                                                  std::optional<std::uint64_t>& unused) {
  if (!spare_) return std::nullopt;
  const auto spare = *std::exchange(spare_, std::nullopt);
  if (spare.bytes <= bytes) return spare.number;
  unused = spare.number;
  return std::nullopt;
}

bool Segments::keep_spare(std::uint64_t number) {
  const MutexLock lock(mutex_);
  const Segment segment = segments_[number];
  if (ended_ || spare_ || segment.keep_whole) return false;
  if (segment.bytes < std::max(kSpareBytes, limits_.segment_bytes / 4)) return false;
  spare_ = {number, segment.bytes};
  segments_.erase(number);
  return true;
}

void Segments::end() {
  std::optional<std::uint64_t> unused;
  {
    const MutexLock lock(mutex_);
    ended_ = true;
    take_spare(0, unused);
  }
  if (unused) disk_.remove(path_of(*unused));
}

void Segments::cancel(std::uint64_t number) {
  const MutexLock lock(mutex_);
  segments_.erase(number);
}

void Segments::grown(const End& end) {
  if (!end.at_least) {
    const MutexLock lock(mutex_);
    segments_[end.at.segment].end = end.at.offset;
  }
  note_end(end_file_.write(end.at, end.rows));
  end_synced_ = false;
}

void Segments::sync_end() {
  if (end_synced_) return;
  end_synced_ = true;  // A sync that failed is not made again: the next group writes it anew.
  note_end(end_file_.sync());
}

// Rows are kept without it; only the loss of the last ones would go unnoticed.
void Segments::note_end(const Result<void>& outcome) {
  if (!outcome && !end_fails_) {
    RS_LOG(kWarning, "A loss of the last rows would not be noticed: {}", outcome.error().message);
  }
  end_fails_ = !outcome;
}

void Segments::finish(std::uint64_t number, std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  auto& segment = segments_[number];
  segment.growing = false;
  segment.bytes = bytes;
}

Position Segments::first() const {
  const MutexLock lock(mutex_);
  return settled(first_);
}

// The same place, named by the segment where the next record is or will be.
Position Segments::settled(Position position) const {
  auto at = segments_.lower_bound(position.segment);
  if (at == segments_.end()) return position;
  if (at->first != position.segment) position = {at->first, kSegmentHeaderBytes};
  while (!at->second.growing && position.offset >= at->second.end) {
    const auto number = at->first;
    // Numbers only grow, so whatever comes next comes at or behind the next number.
    position = {++at == segments_.end() ? number + 1 : at->first, kSegmentHeaderBytes};
    if (at == segments_.end()) break;
  }
  return position;
}

Result<Run> Segments::read(Position from, Position until) {
  std::uint64_t end = 0;
  {
    const MutexLock lock(mutex_);
    from = settled(from);
    const auto at = segments_.find(from.segment);
    if (at != segments_.end()) end = at->second.end;
    if (from.segment == until.segment) end = std::min(end, until.offset);
    // Nothing is there before `until`: it need not be asked for again.
    if (at == segments_.end() || from.offset >= end || from >= until) {
      return Run{from, std::max(from, until), {}, 0};
    }
  }
  if (reader_ == nullptr || reader_->number() != from.segment) {
    auto reader = std::make_unique<SegmentReader>(disk_, path_of(from.segment), from.segment);
    if (goes_around(from.segment)) reader->read_around_errors();
    if (auto opened = reader->open(); !opened) {
      return read_failed(*reader, opened.error(), {from, {from.segment, end}, {}, 0});
    }
    reader_ = std::move(reader);
  }
  auto stretch = reader_->next(from.offset, end);
  if (!stretch) {
    const auto reader = std::exchange(reader_, nullptr);
    return read_failed(*reader, stretch.error(), {});
  }
  Run run{{from.segment, stretch->begin}, {from.segment, stretch->end}, {}, 0};
  if (stretch->kind == Stretch::Kind::kRecords) {
    run.bytes = stretch->bytes;
    run.rows = stretch->rows;
  } else {
    note_damage(*reader_, *stretch);
  }
  return run;
}

Segments::Consumed Segments::consumed(Position position, bool durable) {
  std::vector<std::uint64_t> removable;
  {
    const MutexLock lock(mutex_);
    first_ = std::max(first_, settled(position));
    position = first_;
    for (const auto& [number, segment] : segments_) {
      if (number < position.segment) removable.push_back(number);
    }
  }
  if (position != written_) {
    auto written = position_file_.write(position);
    if (!written) {
      if (!position_fails_) RS_LOG(kError, "Delivered rows stay: {}", written.error().message);
      position_fails_ = true;
      return {.try_again = true};
    }
    written_ = position;
    durable_ = false;
  }
  const auto now = Clock::now();
  if (!durable_ && (durable || !removable.empty() || now >= synced_at_ + kPositionAge)) {
    auto synced = position_file_.sync();
    if (!synced) {
      if (!position_fails_) RS_LOG(kError, "Delivered rows stay: {}", synced.error().message);
      position_fails_ = true;
      // Whether that write will ever reach the disk is unknown: it is written anew.
      written_ = {};
      return {.try_again = true};
    }
    durable_ = true;
    synced_at_ = now;
  }
  position_fails_ = false;
  Consumed done;
  for (const auto number : removable) (forget(number) ? done.freed : done.try_again) = true;
  return done;
}

bool Segments::forget(std::uint64_t number) {
  if (reader_ != nullptr && reader_->number() == number) reader_ = nullptr;
  if (keep_spare(number)) {
    forget_damage(number);
    return true;
  }
  if (keeps_whole(number)) {
    if (!move_aside(number)) return false;
  } else {
    const int removed = disk_.remove(path_of(number));
    if (removed < 0 && removed != -ENOENT) return false;
  }
  forget_damage(number);
  const MutexLock lock(mutex_);
  segments_.erase(number);
  return true;
}

SegmentStats Segments::stats() const {
  const MutexLock lock(mutex_);
  SegmentStats stats = stats_;
  stats.segments = segments_.size();
  for (const auto& [number, segment] : segments_) stats.bytes += segment.bytes;
  if (spare_) stats.bytes += spare_->bytes;
  return stats;
}

}  // namespace rs::spool
