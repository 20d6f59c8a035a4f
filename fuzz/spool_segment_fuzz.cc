// A damaged segment file: reading it ends, stays within it, and gives only whole records in order;
// records that were written behind the damage are found.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "spool/disk.h"
#include "spool/record_blocks.h"
#include "spool/segment_reader.h"

namespace {

// The input as a file.
class OneFile final : public rs::spool::Disk {
 public:
  explicit OneFile(std::string_view bytes) : bytes_(bytes) {}
  int open(const std::filesystem::path&, int) override { return 3; }
  void close(int) override {}
  std::int64_t size(int) override { return static_cast<std::int64_t>(bytes_.size()); }
  int allocate(int, std::uint64_t) override { return 0; }
  int write(int, std::string_view, std::uint64_t) override { return 0; }
  ssize_t read(int, char* into, std::size_t bytes, std::uint64_t offset) override {
    if (offset >= bytes_.size()) return 0;
    const auto part = bytes_.substr(offset, bytes);
    std::memcpy(into, part.data(), part.size());
    return static_cast<ssize_t>(part.size());
  }
  int sync(int) override { return 0; }
  int truncate(int, std::uint64_t) override { return 0; }
  int remove(const std::filesystem::path&) override { return 0; }
  int rename(const std::filesystem::path&, const std::filesystem::path&) override { return 0; }
  int make_folder(const std::filesystem::path&) override { return 0; }
  int sync_folder(const std::filesystem::path&) override { return 0; }
  int space(const std::filesystem::path&, rs::spool::Space&) override { return 0; }

 private:
  std::string_view bytes_;
};

void check(bool holds) {
  if (!holds) __builtin_trap();
}

// Rows that are found in `file` from its start to its end.
std::size_t rows_of(std::string_view file, bool end_is_known) {
  OneFile disk(file);
  rs::spool::SegmentReader reader(disk, "segment", 9);
  check(reader.open().has_value());
  if (end_is_known) reader.set_end({.at = {9, file.size()}});
  std::size_t rows = 0;
  for (std::uint64_t at = 0;;) {
    const auto stretch = reader.next(at, file.size());
    check(stretch && stretch->begin == at && stretch->end <= file.size());
    if (stretch->kind == rs::spool::Stretch::Kind::kRest) {
      check(!end_is_known || stretch->begin == stretch->end);
      return rows;
    }
    check(stretch->end > at);
    if (stretch->kind == rs::spool::Stretch::Kind::kRecords) {
      check(stretch->bytes.size() == stretch->end - stretch->begin && stretch->rows > 0);
      std::uint64_t taken = 0;
      for (auto bytes = stretch->bytes; !bytes.empty(); ++taken) {
        check(rs::spool::take_record(bytes).size() <= stretch->bytes.size());
      }
      check(taken == stretch->rows);
      rows += taken;
    }
    at = stretch->end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  check(rows_of(file, false) == rows_of(file, true));
  // The same bytes as damage before two rows that were written properly.
  rs::spool::RecordBlocks records;
  records.add({file, 1, true});
  records.add({"second", 2});
  records.seal({9, file.size()});
  check(rows_of(file.append(records.records()), false) >= 2);
  return 0;
}
