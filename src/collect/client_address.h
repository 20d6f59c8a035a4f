#pragma once
// Whose address an event came from, when proxies stand in between (contract section 4, step 3).
// X-Forwarded-For is a list that each proxy appends to; only what a trusted proxy wrote is
// believed: starting at the connection's own address, the list is read from its end for as long as
// the address at hand is trusted. With no trusted proxies it is the connection's address. Immutable
// after parse(); thread-safe.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace rs::collect {

class TrustedProxies {
 public:
  // Each entry is an address, a network (10.0.0.0/8, 2001:db8::/32), or one of the words `loopback`
  // and `private` (RFC 1918, RFC 4193, link-local).
  [[nodiscard]] static Result<TrustedProxies> parse(std::span<const std::string> entries);

  // The client's address as text: a view into `request`, or its peer_address.
  [[nodiscard]] std::string_view client_of(const http::Request& request) const;

 private:
  using Address = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d.
  struct Network {
    Address address;
    unsigned prefix;  // Bits that count.
  };
  [[nodiscard]] static std::optional<Address> parse_address(std::string_view text);
  [[nodiscard]] bool trusts(const Address& address) const;

  std::vector<Network> networks_;
};

}  // namespace rs::collect
