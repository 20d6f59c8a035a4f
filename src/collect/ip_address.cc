#include "collect/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

#include "base/text.h"

namespace rs::collect {
namespace {

constexpr std::size_t kMappedBytes = 12;  // ::ffff: before an IPv4 address.
constexpr IpAddress::Bytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Four numbers without leading zeros: the order of the bytes is that of the text.
bool parse_v4(std::string_view text, std::uint8_t* out) {
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    std::size_t digits = 0;
    unsigned value = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
      value = value * 10 + static_cast<unsigned>(text[digits] - '0');
      if (value > 255 || (digits > 0 && text[0] == '0')) return false;
    }
    if (digits == 0) return false;
    out[part] = static_cast<std::uint8_t>(value);
    text.remove_prefix(digits);
  }
  return text.empty();
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress out;
  out.bytes_ = kMapped;
  if (parse_v4(text, out.bytes_.data() + kMappedBytes)) return out;
  text = text.substr(0, text.find('%'));
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::memcpy(terminated.data(), text.data(), text.size());
  if (inet_pton(AF_INET6, terminated.data(), out.bytes_.data()) != 1) return std::nullopt;
  return out;
}

std::optional<IpAddress> IpAddress::parse_node(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = trim(text.substr(1, text.size() - 2));
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto behind = text.substr(end + 1);
    if (!behind.empty() && (behind[0] != ':' || !is_port(behind.substr(1)))) return std::nullopt;
    return parse(text.substr(1, end - 1));
  }
  const auto colon = text.find(':');
  const bool one_colon =
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  if (!one_colon) return parse(text);
  return is_port(text.substr(colon + 1)) ? parse(text.substr(0, colon)) : std::nullopt;
}

IpText::IpText(const IpAddress& address) {
  const auto& bytes = address.bytes();
  if (std::memcmp(bytes.data(), kMapped.data(), kMappedBytes) == 0) {
    char* end = text_.data();
    for (std::size_t i = kMappedBytes; i < bytes.size(); ++i) {
      if (i > kMappedBytes) *end++ = '.';
      end = std::to_chars(end, text_.data() + text_.size(), bytes[i]).ptr;
    }
    size_ = static_cast<std::uint8_t>(end - text_.data());
    return;
  }
  inet_ntop(AF_INET6, bytes.data(), text_.data(), static_cast<socklen_t>(text_.size()));
  size_ = static_cast<std::uint8_t>(std::strlen(text_.data()));
}

IpText::IpText(std::string_view text)
    : size_(static_cast<std::uint8_t>(std::min(text.size(), kSizeMax))) {
  if (size_ > 0) std::memcpy(text_.data(), text.data(), size_);
}

}  // namespace rs::collect
