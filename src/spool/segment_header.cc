#include "spool/segment_header.h"

#include <charconv>
#include <cstring>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rs::spool {
namespace {

constexpr std::string_view kMagic = "RSSPOOL\n";
constexpr std::size_t kVersionAt = 8, kNumberAt = 16, kChecksumAt = 56, kDigits = 20;
constexpr std::string_view kExtension = ".segment";

}  // namespace

std::string segment_header(std::uint64_t number, std::uint32_t version) {
  std::string bytes(kSegmentHeaderBytes, '\0');
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  std::memcpy(bytes.data() + kVersionAt, &version, sizeof version);
  std::memcpy(bytes.data() + kNumberAt, &number, sizeof number);
  const std::uint64_t checksum = XXH3_64bits(bytes.data(), kChecksumAt);
  std::memcpy(bytes.data() + kChecksumAt, &checksum, sizeof checksum);
  return bytes;
}

std::optional<std::uint32_t> segment_version(std::string_view bytes, std::uint64_t number) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  std::uint32_t version;
  std::uint64_t found_number, checksum;
  std::memcpy(&version, bytes.data() + kVersionAt, sizeof version);
  std::memcpy(&found_number, bytes.data() + kNumberAt, sizeof found_number);
  std::memcpy(&checksum, bytes.data() + kChecksumAt, sizeof checksum);
  if (found_number != number || checksum != XXH3_64bits(bytes.data(), kChecksumAt)) {
    return std::nullopt;
  }
  return version;
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
