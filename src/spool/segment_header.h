#pragma once
// The first 64 bytes of a segment file, and its name: 20 digits of its number, ".segment". Numbers
// only grow and no clock is in them, so that a jump of the clock changes nothing.
//   "RSSPOOL\n" | u32 version | u32 flags | u64 number | u64, u64, u64 before | zeros
//   | u64 XXH3 of the 56 bytes before
// Flag 1, reused: behind the last record lies what the file held when it had another number, not
// zeros. Before: where the rows of the segment end that was written before it (segment, offset) and
// how many it has; zeros when that is not known. Flag 2: that segment may hold more. Only so can it
// be told whether the last rows of a segment are missing.
// Whatever later versions change, these fields stay, so that any version can name what it refuses.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "spool/position.h"

namespace rs::spool {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
// Version 2 says which rows are of one request (record.h); in version 1 each row is alone.
inline constexpr std::uint32_t kFormatVersion = 2, kOldestFormatVersion = 1;

[[nodiscard]] constexpr bool is_known_format(std::uint32_t version) {
  return version >= kOldestFormatVersion && version <= kFormatVersion;
}

[[nodiscard]] std::string segment_header(std::uint64_t number,
                                         std::uint32_t version = kFormatVersion,
                                         bool reused = false, const End& before = {});

// The version that `bytes`, the start of a file, name. Nothing when they are damaged or cut off.
[[nodiscard]] std::optional<std::uint32_t> segment_version(std::string_view bytes,
                                                           std::uint64_t number);

// Whether the file had another number before: it says so, or names another one still.
[[nodiscard]] bool is_reused_segment(std::string_view bytes, std::uint64_t number);

// Where the rows of the segment before it end; not known when it does not say.
[[nodiscard]] End end_of_segment_before(std::string_view bytes, std::uint64_t number);

[[nodiscard]] std::string segment_name(std::uint64_t number);
// Nothing when the file is no segment.
[[nodiscard]] std::optional<std::uint64_t> segment_number(const std::filesystem::path& path);

}  // namespace rs::spool
