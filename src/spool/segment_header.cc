#include "spool/segment_header.h"

#include <charconv>
#include <cstring>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rs::spool {
namespace {

constexpr std::string_view kMagic = "RSSPOOL\n";
constexpr std::size_t kVersionAt = 8, kFlagsAt = 12, kNumberAt = 16, kBeforeSegmentAt = 24,
                      kBeforeOffsetAt = 32, kBeforeRowsAt = 40, kChecksumAt = 56, kDigits = 20;
constexpr std::uint32_t kReused = 1, kBeforeIsAtLeast = 2;
constexpr std::string_view kExtension = ".segment";

template <class T>
T load(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void store(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

bool is_whole(std::string_view bytes) {
  return bytes.size() >= kSegmentHeaderBytes && bytes.starts_with(kMagic) &&
         load<std::uint64_t>(bytes, kChecksumAt) == XXH3_64bits(bytes.data(), kChecksumAt);
}

}  // namespace

std::string segment_header(std::uint64_t number, std::uint32_t version, bool reused,
                           const End& before) {
  std::string bytes(kSegmentHeaderBytes, '\0');
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  store(bytes, kVersionAt, version);
  store(bytes, kFlagsAt,
        (reused ? kReused : 0) | (before.is_known() && before.at_least ? kBeforeIsAtLeast : 0));
  store(bytes, kNumberAt, number);
  store(bytes, kBeforeSegmentAt, before.at.segment);
  store(bytes, kBeforeOffsetAt, before.at.offset);
  store(bytes, kBeforeRowsAt, before.rows);
  store(bytes, kChecksumAt, std::uint64_t{XXH3_64bits(bytes.data(), kChecksumAt)});
  return bytes;
}

std::optional<std::uint32_t> segment_version(std::string_view bytes, std::uint64_t number) {
  if (!is_whole(bytes) || load<std::uint64_t>(bytes, kNumberAt) != number) return std::nullopt;
  return load<std::uint32_t>(bytes, kVersionAt);
}

bool is_reused_segment(std::string_view bytes, std::uint64_t number) {
  return is_whole(bytes) && ((load<std::uint32_t>(bytes, kFlagsAt) & kReused) != 0 ||
                             load<std::uint64_t>(bytes, kNumberAt) != number);
}

End end_of_segment_before(std::string_view bytes, std::uint64_t number) {
  if (!segment_version(bytes, number)) return {};
  return {.at = {load<std::uint64_t>(bytes, kBeforeSegmentAt),
                 load<std::uint64_t>(bytes, kBeforeOffsetAt)},
          .rows = load<std::uint64_t>(bytes, kBeforeRowsAt),
          .at_least = (load<std::uint32_t>(bytes, kFlagsAt) & kBeforeIsAtLeast) != 0};
}

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:020}{}", number, kExtension);
}

std::optional<std::uint64_t> segment_number(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.size() != kDigits + kExtension.size() || !name.ends_with(kExtension)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  if (error != std::errc() || end != name.data() + kDigits || number == 0) return std::nullopt;
  return number;
}

}  // namespace rs::spool
