#pragma once
// Places in the spool. Plain data; positions, which lie between two records of one segment, are
// ordered as rows are.

#include <compare>
#include <cstdint>

namespace rs::spool {

struct Position {
  std::uint64_t segment = 0;  // Segments are numbered from 1, upwards for ever.
  std::uint64_t offset = 0;   // Bytes from the start of its file.

  friend auto operator<=>(const Position&, const Position&) = default;
};

// How far the rows of a segment reach, and how many there are. {0, 0}: not known.
struct End {
  Position at;             // Behind the last row.
  std::uint64_t rows = 0;  // From the first one of the segment on. 0: not known.
  bool at_least = false;   // More may follow: it was noted some time before the last row.

  [[nodiscard]] bool is_known() const { return at != Position{}; }
  friend bool operator==(const End&, const End&) = default;
};

}  // namespace rs::spool
