#include "spool/inspection.h"

#include <algorithm>
#include <map>
#include <memory>
#include <system_error>

#include "spool/ends.h"
#include "spool/position_file.h"
#include "spool/segment_header.h"
#include "spool/segment_reader.h"

namespace rs::spool {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::uint64_t, fs::path>;

// Rows and damage of one segment, from `at` on. `is_torn`: a written rest was never kept.
Result<void> read_segment(SegmentReader& reader, std::uint64_t at, bool is_torn,
                          Inspection& inspection, const std::function<void(std::uint64_t)>& done) {
  OpenRequest open;
  for (;;) {
    RS_TRY(Stretch stretch, reader.next(at, reader.end()));
    open.follow(stretch);
    const bool rest = stretch.kind == Stretch::Kind::kRest;
    if (rest && open.rows() > 0) {
      inspection.rows -= open.rows();
      inspection.row_bytes -= stretch.begin - open.begin() - open.rows() * kRecordHeaderBytes;
      stretch.begin = open.begin();
      stretch.is_written = true;
    }
    if (rest && is_torn && stretch.is_written) {
      inspection.torn_bytes += stretch.end - stretch.begin;
    } else if (stretch.kind == Stretch::Kind::kDamage || (rest && stretch.is_written)) {
      inspection.damages.push_back({reader.path().filename().string(), stretch.begin, stretch.end,
                                    stretch.is_unreadable ? "unreadable" : "damaged"});
    }
    inspection.rows += stretch.rows;
    inspection.row_bytes += stretch.bytes.size() - stretch.rows * kRecordHeaderBytes;
    at = stretch.end;
    done(at);
    if (rest) return {};
  }
}

// A reader of `path`; null when the file is gone, which a server has delivered meanwhile.
Result<std::unique_ptr<SegmentReader>> open(Disk& disk, const Files::value_type& file) {
  auto reader = std::make_unique<SegmentReader>(disk, file.second, file.first);
  reader->read_around_errors();
  auto opened = reader->open();
  if (opened) return reader;
  std::error_code error;
  if (!fs::exists(file.second, error)) return std::unique_ptr<SegmentReader>();
  return tl::unexpected(opened.error());
}

// Where each segment ends, as far as the one after it says.
Result<void> learn_ends(Disk& disk, const Files& files, Ends& ends) {
  for (const auto& file : files) {
    RS_TRY(const auto reader, open(disk, file));
    if (reader == nullptr) continue;
    RS_TRY(const auto header, reader->header());
    ends.learn(end_of_segment_before(header, file.first));
  }
  return {};
}

Files list(const fs::path& folder, Inspection& inspection) {
  Files files;
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
  return files;
}

}  // namespace

// In this order, a server that goes on meanwhile makes no damage appear: what the end says was kept
// is in a file of the list, unless the position behind it says that it was delivered.
Result<Inspection> inspect(Disk& disk, const fs::path& folder, bool read_rows,
                           const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Inspection inspection;
  Ends ends;
  PositionFile end_file(disk, folder / "end"), position_file(disk, folder / "position");
  if (auto opened = end_file.open(false); !opened) return tl::unexpected(opened.error());
  inspection.end = end_file.position();
  ends.learn({.at = end_file.position(), .rows = end_file.rows(), .at_least = true});
  const Files files = list(folder, inspection);
  if (auto learnt = learn_ends(disk, files, ends); !learnt) return tl::unexpected(learnt.error());
  if (auto opened = position_file.open(false); !opened) return tl::unexpected(opened.error());
  inspection.position = position_file.position();
  std::uint64_t before = 0;
  for (const auto& file : files) {
    const auto number = file.first;
    RS_TRY(const auto reader, open(disk, file));
    if (reader == nullptr) continue;
    reader->set_end(ends.of(number));
    RS_TRY(const auto header, reader->header());
    const auto version = segment_version(header, number);
    if (version && !is_known_format(*version)) {
      inspection.unknown.push_back(file.second.filename().string());
    } else if (read_rows && number >= inspection.position.segment) {
      std::uint64_t at = kSegmentHeaderBytes;
      if (number == inspection.position.segment) at = std::max(at, inspection.position.offset);
      const bool is_torn = number == files.rbegin()->first || ends.of(number).is_known();
      const auto read = read_segment(*reader, at, is_torn, inspection, [&](std::uint64_t in_file) {
        if (progress) progress(std::min(before + in_file, inspection.bytes), inspection.bytes);
      });
      if (!read) return tl::unexpected(read.error());
    }
    before += reader->file_bytes();
  }
  if (!position_file.found()) return inspection;
  for (const End& end : ends.missing(
           inspection.position, [&](std::uint64_t number) { return files.contains(number); })) {
    const bool begun = end.at.segment == inspection.position.segment;
    inspection.damages.push_back(
        {segment_name(end.at.segment),
         begun ? std::max<std::uint64_t>(inspection.position.offset, kSegmentHeaderBytes)
               : kSegmentHeaderBytes,
         end.at.offset, "missing"});
  }
  return inspection;
}

}  // namespace rs::spool
