#include "spool/segment_writer.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include <fcntl.h>

#include "obs/log.h"
#include "spool/record.h"
#include "spool/segment_header.h"

namespace rs::spool {
Result<void> SegmentWriter::make_room(std::uint64_t bytes) {
  commits_.begin();
  if (file_.is_open() && end_.offset + bytes <= bytes_) return {};
  finish();
  auto begun = begin(bytes);
  if (!begun) end_commit(0);
  return begun;
}

Result<void> SegmentWriter::begin(std::uint64_t bytes) {
  RS_TRY(const auto place, segments_.begin(bytes));
  const auto path = segments_.path_of(place.number);
  Failed failed;
  if (place.spare) {
    failed = {"rename a file to", disk_.rename(segments_.path_of(*place.spare), path)};
  }
  if (failed.returned >= 0) {
    const bool direct = place.spare && direct_;
    failed = prepare(path, place, direct);
    if (failed.returned == -EINVAL && direct) {
      direct_ = false;
      failed = prepare(path, place, false);
    }
  }
  if (failed.returned < 0) {
    file_ = File();
    if (place.spare) disk_.remove(segments_.path_of(*place.spare));
    disk_.remove(path);
    segments_.cancel(place.number);
    return disk_failed(failed.what, path, failed.returned);
  }
  end_ = {place.number, kSegmentHeaderBytes};
  rows_ = 0;
  bytes_ = place.bytes;
  return {};
}

SegmentWriter::Failed SegmentWriter::prepare(const std::filesystem::path& path,
                                             const Segments::Place& place, bool direct) {
  // Read as well: where the file system cannot allocate, glibc does it by reading.
  const int flags = O_RDWR | (place.spare ? 0 : O_CREAT | O_EXCL) | (direct ? O_DIRECT : 0);
  const int descriptor = disk_.open(path, flags);
  if (descriptor < 0) return {"create", descriptor};
  file_ = File(disk_, descriptor);
  if (const int e = disk_.allocate(descriptor, place.bytes); e < 0) return {"allocate", e};
  const End before = end_ == Position{} ? segments_.left_end() : End{end_, rows_};
  tail_ = segment_header(place.number, kFormatVersion, place.spare.has_value(), before);
  RecordBlocks none;
  if (const int e = disk_.write(descriptor, none.blocks(tail_), 0); e < 0) return {"write", e};
  if (sync_ == Sync::kDisk) {
    if (const int e = disk_.sync(descriptor); e < 0) return {"sync", e};
    if (const int e = disk_.sync_folder(segments_.folder()); e < 0) {
      return {"sync the folder of", e};
    }
  }
  return {};
}

Result<void> SegmentWriter::sync() {
  if (sync_ == Sync::kProcess) return {};
  const auto started = std::chrono::steady_clock::now();
  const int failed = disk_.sync(file_.get());
  const auto took = std::chrono::steady_clock::now() - started;
  sync_micros_.record(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  if (failed < 0) return disk_failed("sync", segments_.path_of(end_.segment), failed);
  return {};
}

Result<void> SegmentWriter::write(RecordBlocks& records, std::string_view blocks) {
  records.seal(end_);
  if (const int failed = disk_.write(file_.get(), blocks, end_.offset - tail_.size()); failed < 0) {
    return disk_failed("write", segments_.path_of(end_.segment), failed);
  }
  return sync();
}

void SegmentWriter::end_commit(std::uint64_t rows) {
  const auto took = commits_.end();
  const bool was_slow = std::exchange(is_slow_, took >= kSlowCommit);
  if (!is_slow_ || was_slow) return;
  RS_LOG(kWarning, "The disk of {} took {:.1f} s for a group of {} rows; clients wait as long",
         segments_.folder().string(), std::chrono::duration<double>(took).count(), rows);
}

Result<Run> SegmentWriter::append(RecordBlocks& records, std::uint64_t rows) {
  const std::string_view blocks = records.blocks(tail_);
  auto done = write(records, blocks);
  end_commit(rows);
  if (!done) {
    finish();
    return tl::unexpected(done.error());
  }
  const std::size_t end = tail_.size() + records.size();
  tail_ = blocks.substr(end / kBlockBytes * kBlockBytes, end % kBlockBytes);
  const Position begin = end_;
  end_.offset += records.size();
  rows_ += rows;
  if (segments_.is_end_synced()) end_due_ = std::chrono::steady_clock::now() + end_age_;
  segments_.grown({end_, rows_});
  return Run{begin, end_, records.records(), rows};
}

void SegmentWriter::finish() {
  if (!file_.is_open()) return;
  const bool cut = disk_.truncate(file_.get(), end_.offset) >= 0;
  file_ = File();
  segments_.finish(end_.segment, cut ? end_.offset : bytes_);
}

std::optional<std::chrono::steady_clock::time_point> SegmentWriter::end_due() const {
  if (sync_ == Sync::kProcess || segments_.is_end_synced()) return std::nullopt;
  return end_due_;
}

void SegmentWriter::sync_end() {
  if (sync_ == Sync::kDisk) segments_.sync_end();
}

}  // namespace rs::spool
