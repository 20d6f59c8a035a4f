#pragma once
// UUIDs as text: version 4 (random) and version 7 (time first), RFC 9562 sections 5.4 and 5.7.
// Pure functions of the bytes given; where random bytes come from is World's business.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rs {

struct UuidText {
  std::array<char, 36> text;  // Lower-case, with hyphens, not terminated.
  [[nodiscard]] std::string_view view() const { return {text.data(), text.size()}; }
};

[[nodiscard]] UuidText uuid_v4(std::span<const std::byte, 16> random);

// The first 48 bits are `unix_millis`, so ids sort by time; 74 bits stay random.
[[nodiscard]] UuidText uuid_v7(std::int64_t unix_millis, std::span<const std::byte, 16> random);

}  // namespace rs
