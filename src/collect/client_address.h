#pragma once
// Whose address an event came from, when proxies stand in between (contract section 4, step 3).
// X-Forwarded-For is a list that each proxy appends to; only what a trusted proxy wrote is
// believed: starting at the connection's own address, the list is read from its end for as long as
// the address at hand is trusted. With no trusted proxies it is the connection's address. Forwarded
// counts when X-Forwarded-For is absent: a proxy that writes the one must remove the other.
// Immutable after parse(); thread-safe.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/ip_address.h"
#include "http/message.h"

namespace rs::collect {

struct Client {
  IpText address;             // Canonical.
  bool behind_proxy = false;  // The connection comes from a trusted proxy: its headers are true.
};

class TrustedProxies {
 public:
  // Each entry is an address, a network (10.0.0.0/8, 2001:db8::/32), or one of the words `loopback`
  // and `private` (RFC 1918, RFC 4193, link-local).
  [[nodiscard]] static Result<TrustedProxies> parse(std::span<const std::string> entries);

  [[nodiscard]] Client client_of(const http::Request& request) const;

 private:
  struct Network {
    IpAddress address;
    unsigned prefix;  // Bits that count, of 128.
  };
  [[nodiscard]] bool trusts(const IpAddress& address) const;

  std::vector<Network> networks_;
};

}  // namespace rs::collect
