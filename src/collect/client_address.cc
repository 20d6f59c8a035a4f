#include "collect/client_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"
#include "collect/proxy_headers.h"

namespace rs::collect {
namespace {

constexpr unsigned kMappedBits = 96;  // What ::ffff: takes of an IPv4 network's prefix.

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> entries) {
  std::vector<std::string> networks;
  for (const auto& entry : entries) {
    if (entry == "loopback") {
      networks.insert(networks.end(), {"127.0.0.0/8", "::1"});
    } else if (entry == "private") {
      networks.insert(networks.end(), {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                       "169.254.0.0/16", "fc00::/7", "fe80::/10"});
    } else {
      networks.push_back(entry);
    }
  }
  TrustedProxies proxies;
  for (const auto& text : networks) {
    std::string_view prefix = text;
    const auto address_text = take_until(prefix, '/');
    const auto address = IpAddress::parse(address_text);
    const bool is_v4 = address_text.find(':') == std::string_view::npos;
    const unsigned bits_max = is_v4 ? 32 : 128;
    unsigned bits = bits_max;
    bool fine = address.has_value();
    if (text.find('/') != std::string::npos) {
      const auto [end, error] = std::from_chars(prefix.data(), prefix.data() + prefix.size(), bits);
      fine =
          fine && error == std::errc{} && end == prefix.data() + prefix.size() && bits <= bits_max;
    }
    if (!fine) {
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("'{}' is not an IP address, a network such as 10.0.0.0/8, or one of: "
                              "loopback, private",
                              text));
    }
    proxies.networks_.push_back({*address, is_v4 ? bits + kMappedBits : bits});
  }
  return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
  const auto& bytes = address.bytes();
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const auto& start = network.address.bytes();
    const std::size_t whole = network.prefix / 8;
    if (std::memcmp(bytes.data(), start.data(), whole) != 0) return false;
    const unsigned rest = network.prefix % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return ((bytes[whole] ^ start[whole]) & mask) == 0;
  });
}

Client TrustedProxies::client_of(const http::Request& request) const {
  const auto peer = IpAddress::parse(request.peer_address);
  if (!peer) return {IpText(request.peer_address), false};
  if (!trusts(*peer)) return {IpText(*peer), false};
  IpAddress at = *peer;
  for (const auto element : ForwardedFor(request).nearest_first()) {
    const auto next = IpAddress::parse_node(element);
    if (!next) break;
    at = *next;
    if (!trusts(at)) break;
  }
  return {IpText(at), true};
}

}  // namespace rs::collect
