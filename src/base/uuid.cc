#include "base/uuid.h"

#include <algorithm>

namespace rs {
namespace {

UuidText format(std::array<std::uint8_t, 16> bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  constexpr char kHex[] = "0123456789abcdef";
  UuidText out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.text[at++] = '-';
    out.text[at++] = kHex[bytes[i] >> 4];
    out.text[at++] = kHex[bytes[i] & 0x0f];
  }
  return out;
}

std::array<std::uint8_t, 16> copy(std::span<const std::byte, 16> random) {
  std::array<std::uint8_t, 16> bytes;
  std::transform(random.begin(), random.end(), bytes.begin(),
                 [](std::byte b) { return static_cast<std::uint8_t>(b); });
  return bytes;
}

}  // namespace

UuidText uuid_v4(std::span<const std::byte, 16> random) {
  return format(copy(random), 4);
}

UuidText uuid_v7(std::int64_t unix_millis, std::span<const std::byte, 16> random) {
  auto bytes = copy(random);
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(unix_millis >> (40 - 8 * i));
  }
  return format(bytes, 7);
}

}  // namespace rs
