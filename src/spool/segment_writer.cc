#include "spool/segment_writer.h"

#include <chrono>

#include <fcntl.h>

#include "spool/record.h"
#include "spool/segment_header.h"

namespace rs::spool {

Result<void> SegmentWriter::make_room(std::uint64_t bytes) {
  if (file_.is_open() && end_.offset + bytes <= bytes_) return {};
  finish();
  return begin(bytes);
}

Result<void> SegmentWriter::begin(std::uint64_t bytes) {
  RS_TRY(const auto place, segments_.begin(bytes));
  const auto path = segments_.path_of(place.number);
  const auto failed = [&](std::string_view what, int returned) {
    file_ = File();
    if (place.spare) disk_.remove(segments_.path_of(*place.spare));
    disk_.remove(path);
    segments_.cancel(place.number);
    return disk_failed(what, path, returned);
  };
  if (place.spare) {
    if (const int e = disk_.rename(segments_.path_of(*place.spare), path); e < 0) {
      return failed("rename a file to", e);
    }
  }
  const int descriptor = disk_.open(path, place.spare ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL);
  if (descriptor < 0) return failed("create", descriptor);
  file_ = File(disk_, descriptor);
  if (const int e = disk_.allocate(descriptor, place.bytes); e < 0) return failed("allocate", e);
  const auto header = segment_header(place.number, kFormatVersion, place.spare.has_value());
  if (const int e = disk_.write(descriptor, header, 0); e < 0) {
    return failed("write", e);
  }
  if (sync_ == Sync::kDisk) {
    if (const int e = disk_.sync(descriptor); e < 0) return failed("sync", e);
    if (const int e = disk_.sync_folder(segments_.folder()); e < 0) {
      return failed("sync the folder of", e);
    }
  }
  end_ = {place.number, kSegmentHeaderBytes};
  bytes_ = place.bytes;
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

Result<Run> SegmentWriter::append(std::string& records, std::uint64_t rows) {
  seal_records(records, end_);
  Result<void> done;
  if (const int failed = disk_.write(file_.get(), records, end_.offset); failed < 0) {
    done = disk_failed("write", segments_.path_of(end_.segment), failed);
  } else {
    done = sync();
  }
  if (!done) {
    finish();
    return tl::unexpected(done.error());
  }
  const Position begin = end_;
  end_.offset += records.size();
  segments_.grown(end_);
  return Run{begin, end_, records, rows};
}

void SegmentWriter::finish() {
  if (!file_.is_open()) return;
  const bool cut = disk_.truncate(file_.get(), end_.offset) >= 0;
  file_ = File();
  segments_.finish(end_.segment, cut ? end_.offset : bytes_);
}

}  // namespace rs::spool
