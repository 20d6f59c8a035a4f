#pragma once
// How a row lies in a segment file. Little-endian, 20 bytes before the row:
//   u16 mark | u16 check | u64 checksum | u32 length | u32 seconds | row, `length` bytes
// The highest bit of length says that the row behind it is of the same request: such rows are kept
// together or not at all (contract 3.2), so a file that ends with one of them ends too early.
// The checksum (XXH3) covers length, seconds and row; the check (of the header alone) lets a search
// reject what only looks like a record without reading its row. Both are mixed with the record's
// position, so that neither a stale record nor one inside a row is taken for one. A header of zeros
// is where a preallocated file has not been written yet.
// Reads bytes from outside: every length is checked. Thread-safe, no state.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "spool/position.h"

namespace rs::spool {

inline constexpr std::size_t kRecordHeaderBytes = 20;
inline constexpr std::uint64_t kRowBytesMax = 1ULL << 30;

struct Record {
  std::string_view row;
  std::uint32_t seconds = 0;  // Unix time when it was taken; for people, nothing depends on it.
  bool more = false;          // The next record is of the same request.

  [[nodiscard]] std::size_t size() const { return kRecordHeaderBytes + row.size(); }
};

// Writes `record` to `to`, where there is room for it, but for what its place adds.
void write_record(char* to, const Record& record);

// Completes the records that `bytes` consists of, now that it is known where they will lie. Touches
// their headers only.
void seal_records(std::span<char> bytes, Position at);

enum class Found : std::uint8_t {
  kRecord,
  kNothing,  // Zeros, or no bytes at all: never written.
  kMore,     // So far it may be a record that goes on behind these bytes.
  kDamage,
};

// What lies at the start of `bytes`, which are at `at` in a file that has `left` bytes from there.
[[nodiscard]] Found read_record(std::string_view bytes, std::uint64_t left, Position at,
                                Record& record);

// Whether the header of a record for this place lies there, whatever follows it.
[[nodiscard]] bool begins_record(std::string_view bytes, Position at);

// Where in `bytes` a record may begin, from `from` on; bytes.size() when nowhere. The last bytes
// may hold half a mark: search again from two bytes before the end when there are more.
[[nodiscard]] std::size_t find_mark(std::string_view bytes, std::size_t from);

// The first record of `bytes`, which read_record() has accepted or seal_records() has made, and
// `bytes` moves behind it.
[[nodiscard]] Record take_record(std::string_view& bytes);

}  // namespace rs::spool
