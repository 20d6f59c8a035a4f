#include "spool/inspection.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "spool/position_file.h"
#include "spool/segment_header.h"
#include "spool/segment_reader.h"

namespace rs::spool {
namespace {

namespace fs = std::filesystem;

// Rows and damage of one segment, from `at` on.
Result<void> read_segment(SegmentReader& reader, std::uint64_t at, bool is_last,
                          Inspection& inspection, const std::function<void(std::uint64_t)>& done) {
  for (;;) {
    RS_TRY(const Stretch stretch, reader.next(at, reader.end()));
    const bool rest = stretch.kind == Stretch::Kind::kRest;
    if (rest && is_last && stretch.is_written) {
      inspection.torn_bytes += stretch.end - stretch.begin;
    } else if (stretch.kind == Stretch::Kind::kDamage || (rest && stretch.is_written)) {
      inspection.damages.push_back({reader.path().filename().string(), stretch.begin, stretch.end});
    }
    inspection.rows += stretch.rows;
    inspection.row_bytes += stretch.bytes.size() - stretch.rows * kRecordHeaderBytes;
    at = stretch.end;
    done(at);
    if (rest) return {};
  }
}

// Where each segment ends, as far as the one after it says.
Result<std::map<std::uint64_t, std::uint64_t>> known_ends(
    Disk& disk, const std::map<std::uint64_t, fs::path>& files) {
  std::map<std::uint64_t, std::uint64_t> ends;
  for (const auto& [number, path] : files) {
    SegmentReader reader(disk, path, number);
    if (!reader.open()) continue;
    RS_TRY(const auto header, reader.header());
    const auto before = end_of_segment_before(header, number);
    if (before) ends[before->segment] = before->offset;
  }
  return ends;
}

}  // namespace

Result<Inspection> inspect(Disk& disk, const fs::path& folder, bool read_rows,
                           const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Inspection inspection;
  PositionFile position_file(disk, folder / "position");
  RS_TRY(inspection.position, position_file.open(false));
  std::map<std::uint64_t, fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto number = segment_number(entry.path());
    if (!number) continue;
    files[*number] = entry.path();
    inspection.bytes += fs::file_size(entry.path(), error);
  }
  for (const auto& entry : fs::directory_iterator(folder / "damaged", error)) {
    inspection.kept_aside += entry.is_regular_file(error) ? 1 : 0;
  }
  inspection.segments = files.size();
  RS_TRY(const auto ends, known_ends(disk, files));
  std::uint64_t before = 0;
  for (const auto& [number, path] : files) {
    SegmentReader reader(disk, path, number);
    if (!reader.open()) continue;
    if (const auto end = ends.find(number); end != ends.end()) reader.set_end(end->second);
    RS_TRY(const auto header, reader.header());
    const auto version = segment_version(header, number);
    if (version && *version != kFormatVersion) {
      inspection.unknown.push_back(path.filename().string());
    } else if (read_rows && number >= inspection.position.segment) {
      std::uint64_t at = kSegmentHeaderBytes;
      if (number == inspection.position.segment) at = std::max(at, inspection.position.offset);
      const auto read = read_segment(
          reader, at, number == files.rbegin()->first, inspection, [&](std::uint64_t in_file) {
            if (progress) progress(std::min(before + in_file, inspection.bytes), inspection.bytes);
          });
      if (!read) return tl::unexpected(read.error());
    }
    before += reader.file_bytes();
  }
  return inspection;
}

}  // namespace rs::spool
