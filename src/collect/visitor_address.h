#pragma once
// The visitor's address as a sender names it: _uip, uip, ip_override.

#include <algorithm>
#include <optional>
#include <string_view>

#include "collect/ip_address.h"

namespace rs::collect {

// In canonical text. Nothing for text that is not an address, and for "::" and "0.0.0.0", which
// mean the address of the connection (Google tag gateway sends _uip=::).
[[nodiscard]] inline std::optional<IpText> visitor_address(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  const auto& bytes = address->bytes();
  constexpr std::size_t kMapped = 12;  // ::ffff:0.0.0.0
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  const bool is_mapped = bytes[10] == 0xff && bytes[11] == 0xff;
  if (std::all_of(bytes.begin() + (is_mapped ? kMapped : 0), bytes.end(), is_zero)) {
    return std::nullopt;
  }
  return IpText(*address);
}

}  // namespace rs::collect
