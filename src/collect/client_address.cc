#include "collect/client_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"

namespace rs::collect {
namespace {

constexpr unsigned kMappedBits = 96;  // What ::ffff: takes of an IPv4 network's prefix.

// 203.0.113.7:443 and [2001:db8::1]:443 carry a port; some load balancers write them so.
std::string_view without_port(std::string_view text) {
  if (!text.empty() && text.front() == '[') return text.substr(1, text.find(']') - 1);
  const auto colon = text.find(':');
  const bool one_colon =
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return one_colon ? text.substr(0, colon) : text;
}

// The last element of a comma-separated list, cut off its end.
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
  return trim(last);
}

}  // namespace

std::optional<TrustedProxies::Address> TrustedProxies::parse_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::memcpy(terminated.data(), text.data(), text.size());
  Address address{};
  if (inet_pton(AF_INET6, terminated.data(), address.data()) == 1) return address;
  address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (inet_pton(AF_INET, terminated.data(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

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
    const auto address = parse_address(address_text);
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
      return fail(
          ErrorCode::kInvalidInput,
          fmt::format("'{}' is no address, no network such as 10.0.0.0/8, and neither of the "
                      "words loopback, private",
                      text));
    }
    proxies.networks_.push_back({*address, is_v4 ? bits + kMappedBits : bits});
  }
  return proxies;
}

bool TrustedProxies::trusts(const Address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const std::size_t whole = network.prefix / 8;
    if (std::memcmp(address.data(), network.address.data(), whole) != 0) return false;
    const unsigned rest = network.prefix % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return ((address[whole] ^ network.address[whole]) & mask) == 0;
  });
}

std::string_view TrustedProxies::client_of(const http::Request& request) const {
  std::string_view client = request.peer_address;
  if (networks_.empty()) return client;
  auto at = parse_address(client);
  // Several header lines are one list, in the order in which they were sent.
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (!equals_ignoring_case(header->name, "X-Forwarded-For")) continue;
    std::string_view list = header->value;
    while (!list.empty()) {
      if (!at || !trusts(*at)) return client;
      const auto candidate = without_port(take_last(list));
      at = parse_address(candidate);
      if (!at) return client;
      client = candidate;
    }
  }
  return client;
}

}  // namespace rs::collect
