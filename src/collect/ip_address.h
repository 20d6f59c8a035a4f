#pragma once
// An IP address, and its one canonical text: an IPv4 address in its dotted form, also when it came
// as IPv6 (::ffff:203.0.113.7); an IPv6 address by RFC 5952 (lower-case, zeros shortened), without
// a zone. Values; thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rs::collect {

class IpAddress {
 public:
  // Of an address alone: "203.0.113.7", "2001:DB8:0::1", "fe80::1%eth0".
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  // Of what proxies write: an address alone, with a port (203.0.113.7:443, [2001:db8::1]:443), in
  // brackets, or in quotes as well. Nothing for "unknown", "_hidden" and all others.
  [[nodiscard]] static std::optional<IpAddress> parse_node(std::string_view text);

  // IPv4 as ::ffff:a.b.c.d, in the order of the network.
  using Bytes = std::array<std::uint8_t, 16>;
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_{};
};

// The canonical text of an address, or another text that is an address by who says it.
class IpText {
 public:
  IpText() = default;
  explicit IpText(const IpAddress& address);
  // `text` as it is, cut at the size of an address.
  explicit IpText(std::string_view text);

  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  static constexpr std::size_t kSizeMax = 46;  // INET6_ADDRSTRLEN
  std::array<char, kSizeMax> text_;
  std::uint8_t size_ = 0;
};

}  // namespace rs::collect
