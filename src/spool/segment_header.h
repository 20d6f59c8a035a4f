#pragma once
// The first 64 bytes of a segment file, and its name: 20 digits of its number, ".segment". Numbers
// only grow and no clock is in them, so that a jump of the clock changes nothing.
//   "RSSPOOL\n" | u32 version | u32 reused | u64 number | zeros | u64 XXH3 of the 56 bytes before
// Reused: behind the last record lies what the file held when it had another number, not zeros.
// Whatever later versions change, these fields stay, so that any version can name what it refuses.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rs::spool {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::uint32_t kFormatVersion = 1;

[[nodiscard]] std::string segment_header(std::uint64_t number,
                                         std::uint32_t version = kFormatVersion,
                                         bool reused = false);

// The version that `bytes`, the start of a file, name. Nothing when they are damaged or cut off.
[[nodiscard]] std::optional<std::uint32_t> segment_version(std::string_view bytes,
                                                           std::uint64_t number);

// Whether the file had another number before: it says so, or names another one still.
[[nodiscard]] bool is_reused_segment(std::string_view bytes, std::uint64_t number);

[[nodiscard]] std::string segment_name(std::uint64_t number);
// Nothing when the file is no segment.
[[nodiscard]] std::optional<std::uint64_t> segment_number(const std::filesystem::path& path);

}  // namespace rs::spool
