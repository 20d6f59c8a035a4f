#include "spool/segment_header.h"

#include <charconv>
#include <cstring>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rs::spool {
namespace {

constexpr std::string_view kMagic = "RSSPOOL\n";
constexpr std::size_t kVersionAt = 8, kReusedAt = 12, kNumberAt = 16, kBeforeAt = 24,
                      kChecksumAt = 56, kDigits = 20;
constexpr std::string_view kExtension = ".segment";

template <class T>
T load(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool is_whole(std::string_view bytes) {
  return bytes.size() >= kSegmentHeaderBytes && bytes.starts_with(kMagic) &&
         load<std::uint64_t>(bytes, kChecksumAt) == XXH3_64bits(bytes.data(), kChecksumAt);
}

}  // namespace

std::string segment_header(std::uint64_t number, std::uint32_t version, bool reused,
                           Position before) {
  std::string bytes(kSegmentHeaderBytes, '\0');
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  std::memcpy(bytes.data() + kVersionAt, &version, sizeof version);
  bytes[kReusedAt] = reused ? '\1' : '\0';
  std::memcpy(bytes.data() + kNumberAt, &number, sizeof number);
  std::memcpy(bytes.data() + kBeforeAt, &before.segment, sizeof before.segment);
  std::memcpy(bytes.data() + kBeforeAt + sizeof before.segment, &before.offset,
              sizeof before.offset);
  const std::uint64_t checksum = XXH3_64bits(bytes.data(), kChecksumAt);
  std::memcpy(bytes.data() + kChecksumAt, &checksum, sizeof checksum);
  return bytes;
}

std::optional<std::uint32_t> segment_version(std::string_view bytes, std::uint64_t number) {
  if (!is_whole(bytes) || load<std::uint64_t>(bytes, kNumberAt) != number) return std::nullopt;
  return load<std::uint32_t>(bytes, kVersionAt);
}

bool is_reused_segment(std::string_view bytes, std::uint64_t number) {
  return is_whole(bytes) &&
         (bytes[kReusedAt] != '\0' || load<std::uint64_t>(bytes, kNumberAt) != number);
}

std::optional<Position> end_of_segment_before(std::string_view bytes, std::uint64_t number) {
  if (!segment_version(bytes, number)) return std::nullopt;
  const Position before{load<std::uint64_t>(bytes, kBeforeAt),
                        load<std::uint64_t>(bytes, kBeforeAt + sizeof(std::uint64_t))};
  if (before == Position{}) return std::nullopt;
  return before;
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
