#include "spool/segments.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "obs/log.h"
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
      position_file_(disk, folder_ / "position") {}

std::filesystem::path Segments::path_of(std::uint64_t number) const {
  return folder_ / segment_name(number);
}

Result<void> Segments::check_header(std::uint64_t number) {
  SegmentReader reader(disk_, path_of(number), number);
  if (auto opened = reader.open(); !opened) return opened;
  RS_TRY(const auto bytes, reader.header());
  const auto version = segment_version(bytes, number);
  if (version && *version != kFormatVersion) {
    return fail(ErrorCode::kRefused,
                fmt::format("{} has format version {}, and this program knows version {} only: "
                            "let the program that wrote it deliver it, or move it away",
                            reader.path().string(), *version, kFormatVersion));
  }
  const auto before = end_of_segment_before(bytes, number);
  const MutexLock lock(mutex_);
  if (before) left_ends_[before->segment] = before->offset;
  segments_[number] = {.end = reader.file_bytes(),
                       .bytes = reader.file_bytes(),
                       .growing = false,
                       .left_over = true};
  stats_.left_over_bytes += reader.file_bytes();
  next_number_ = std::max(next_number_, number + 1);
  return {};
}

Result<void> Segments::open() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return disk_failed("create", folder_, -error.value());
  auto position = position_file_.open(true);
  if (!position) return tl::unexpected(position.error());
  // Numbers begin anew, so what a sink remembers of them (bigquery/ledger.h) is over. Where
  // the position cannot be written, the next process finds none again.
  if (!position_file_.found()) disk_.remove(folder_ / "ledger");
  durable_ = keep_position(*position);
  {
    const MutexLock lock(mutex_);
    first_ = *position;
    next_number_ = position->segment + 1;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    const auto number = segment_number(entry.path());
    if (!number) continue;
    if (*number < position->segment) {
      // Consumed: the last process had no time left to remove it.
      if (durable_) disk_.remove(entry.path());
    } else if (auto checked = check_header(*number); !checked) {
      return checked;
    }
  }
  if (error) return disk_failed("read", folder_, -error.value());
  const MutexLock lock(mutex_);
  stats_.recovering = !segments_.empty();
  return {};
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
  segments_[number] = {
      .end = kSegmentHeaderBytes, .bytes = size, .growing = true, .left_over = false};
  return Place{number, size, take_spare(size)};
}

std::optional<std::uint64_t> Segments::take_spare(std::uint64_t bytes) {
  if (!spare_) return std::nullopt;
  const auto spare = *std::exchange(spare_, std::nullopt);
  if (spare.bytes <= bytes) return spare.number;
  disk_.remove(path_of(spare.number));
  return std::nullopt;
}

bool Segments::keep_spare(std::uint64_t number) {
  const MutexLock lock(mutex_);
  const auto bytes = segments_[number].bytes;
  if (ended_ || spare_ || bytes < std::max(kSpareBytes, limits_.segment_bytes / 4)) return false;
  segments_.erase(number);
  spare_ = {number, bytes};
  return true;
}

void Segments::end() {
  const MutexLock lock(mutex_);
  ended_ = true;
  take_spare(0);
}

void Segments::cancel(std::uint64_t number) {
  const MutexLock lock(mutex_);
  segments_.erase(number);
}

void Segments::grown(Position end) {
  const MutexLock lock(mutex_);
  segments_[end.segment].end = end.offset;
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
    if (auto opened = reader->open(); !opened) return tl::unexpected(opened.error());
    reader_ = std::move(reader);
  }
  RS_TRY(const Stretch stretch, reader_->next(from.offset, end));
  Run run{{from.segment, stretch.begin}, {from.segment, stretch.end}, {}, 0};
  if (stretch.kind == Stretch::Kind::kRecords) {
    run.bytes = stretch.bytes;
    run.rows = stretch.rows;
  } else {
    set_aside(*reader_, stretch.begin, stretch.end);
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
  known_damages_.erase(known_damages_.begin(), known_damages_.lower_bound({number + 1, 0}));
  if (keep_spare(number)) return true;
  const int removed = disk_.remove(path_of(number));
  if (removed < 0 && removed != -ENOENT) return false;
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
