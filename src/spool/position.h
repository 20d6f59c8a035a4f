#pragma once
// A place in the spool: between two records of one segment. Plain data, ordered as rows are.

#include <compare>
#include <cstdint>

namespace rs::spool {

struct Position {
  std::uint64_t segment = 0;  // Segments are numbered from 1, upwards for ever.
  std::uint64_t offset = 0;   // Bytes from the start of its file.

  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace rs::spool
