#pragma once
// Addresses that a sender names for its visitor: _uip, uip, ip_override.

#include <string_view>

namespace rs::ga4 {

// Whether `text` is an IPv4 or IPv6 address of somebody: "::" and "0.0.0.0" mean the address of the
// connection (Google tag gateway sends _uip=::).
[[nodiscard]] bool is_address(std::string_view text);

}  // namespace rs::ga4
