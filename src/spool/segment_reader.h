#pragma once
// Reads one segment file: stretches of whole records, and what lies between them. Self-healing is
// here: where no record can be read, the next one that can is searched. What the disk refuses to
// read is an Error, or damage once read_around_errors() was called.
// One thread at a time. Keeps one buffer of a megabyte, more only for a larger row.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spool/disk.h"
#include "spool/file.h"
#include "spool/position.h"
#include "spool/record.h"

namespace rs::spool {

struct Stretch {
  enum class Kind : std::uint8_t {
    kRecords,  // Whole records, side by side: `bytes`, valid until the next call.
    kDamage,   // Unreadable, with a readable record right behind `end`.
    kRest,     // No further record. Clean when begin == end, or when nothing was ever written.
  };
  Kind kind = Kind::kRest;
  std::uint64_t begin = 0, end = 0;  // In the file.
  std::string_view bytes;
  std::uint64_t rows = 0;  // kRecords.
  // kRecords: the rows at its end whose request goes on behind it, and where they begin.
  std::uint64_t open_rows = 0, open_begin = 0;
  // kRest: something was written there. In a reused file that is a record's header at `begin`: all
  // else may be what it held before.
  bool is_written = false;
  bool is_unreadable = false;  // kDamage: the disk refuses to read some of it.
};

// Whether `error`, which a read returned (-errno), says that these bytes of the disk cannot be
// read, and not that the process or the machine lacks something.
[[nodiscard]] bool is_unreadable(ssize_t error);

// The rows at the end of all stretches so far whose request goes on. Where a file ends so, its
// last request was not written to its end, and none of it counts; in front of damage they do.
class OpenRequest {
 public:
  void follow(const Stretch& stretch) {
    if (stretch.kind == Stretch::Kind::kDamage) rows_ = 0;
    if (stretch.kind != Stretch::Kind::kRecords) return;
    const bool goes_on = rows_ > 0 && stretch.open_rows == stretch.rows;
    if (!goes_on) begin_ = stretch.open_begin;
    rows_ = stretch.open_rows + (goes_on ? rows_ : 0);
  }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t begin() const { return begin_; }

 private:
  std::uint64_t rows_ = 0, begin_ = 0;
};

class SegmentReader {
 public:
  SegmentReader(Disk& disk, std::filesystem::path path, std::uint64_t number)
      : disk_(disk), path_(std::move(path)), number_(number) {}

  // file_bytes() is where the file ends now.
  [[nodiscard]] Result<void> open();
  [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }
  // Where its rows end, from the header of the next one or from the mark beside the segments: up to
  // there every byte is theirs, and what is no record is damage. No stretch reaches across it.
  void set_end(const End& end) { known_end_ = end; }
  [[nodiscard]] std::uint64_t end() const;
  // From here on, sectors that the disk refuses to read are read as zeros, which are damage.
  void read_around_errors() { around_errors_ = true; }
  // Whether the last Error was that the disk refuses to read something.
  [[nodiscard]] bool is_refused() const { return refused_; }
  // The first bytes of the file, which hold its header. Fewer when it is shorter.
  [[nodiscard]] Result<std::string_view> header();

  // The stretch that begins at `from`, which is a record's start or behind damage. Nothing at or
  // behind `end` is looked at.
  [[nodiscard]] Result<Stretch> next(std::uint64_t from, std::uint64_t end);

  // Calls `each` with the bytes from `begin` to `end`, piece by piece.
  template <class Each>
  [[nodiscard]] Result<void> read(std::uint64_t begin, std::uint64_t end, Each&& each) {
    while (begin < end) {
      RS_TRY(const std::string_view bytes, load(begin, end, kWindow));
      if (bytes.empty()) break;
      each(bytes);
      begin += bytes.size();
    }
    return {};
  }

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static constexpr std::size_t kWindow = 1024 * 1024;

  // Up to `want` bytes from `from`, fewer only at `end` or where the file ends.
  Result<std::string_view> load(std::uint64_t from, std::uint64_t end, std::uint64_t want);
  // What lies at `from`; loads as much as that record takes.
  Result<Found> look_at(std::uint64_t from, std::uint64_t end, Record& record);
  tl::unexpected<Error> failed(std::string_view what, ssize_t returned);
  // As next(), which knows where to stop.
  Result<Stretch> next_until(std::uint64_t from, std::uint64_t end);
  // The next record behind `from`, or the rest.
  Result<Stretch> search(std::uint64_t from, std::uint64_t end);
  // Fills `into` with what can be read.
  void read_around(std::uint64_t from, std::span<char> into);
  // Where the last unreadable sector between the two ends; `from` when there is none.
  [[nodiscard]] std::uint64_t unreadable_until(std::uint64_t from, std::uint64_t end) const;

  Disk& disk_;
  const std::filesystem::path path_;
  const std::uint64_t number_;
  File file_;
  std::uint64_t file_bytes_ = 0;
  End known_end_;
  bool reused_ = false;
  bool around_errors_ = false, refused_ = false;
  std::map<std::uint64_t, std::uint64_t> unreadable_;  // From, to.
  std::vector<char> buffer_;
};

}  // namespace rs::spool
