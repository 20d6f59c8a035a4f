#pragma once
// The part of a host name that somebody registered: www.example.co.uk -> example.co.uk.
// By the Public Suffix List (public_suffixes.h). Private suffixes count, so shop.github.io is a
// domain of its own.
// None for IP addresses, localhost and other single labels, public suffixes, and what is not a host
// name. Upper case, a port and one trailing dot are understood; IDN is taken as punycode only.
// Not thread-safe: one per request thread, which remembers the hosts it has seen.

#include <array>
#include <cstdint>
#include <string_view>

#include "enrich/host_cache.h"

namespace rs::enrich {

inline constexpr std::size_t kHostNameMax = 253;  // RFC 1035, as text without the trailing dot.

// `host` without its port and trailing dot. The brackets of an IPv6 address stay.
[[nodiscard]] std::string_view without_port(std::string_view host);

class RegistrableDomains {
 public:
  // Lower-case; empty when there is none. Valid until the next call.
  [[nodiscard]] std::string_view find(std::string_view host);

 private:
  struct Domain {
    std::uint8_t size = 0;
    std::array<char, kHostNameMax> text{};
    [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
  };
  static Domain compute(std::string_view host);

  HostCache<Domain> cache_;
};

}  // namespace rs::enrich
