#pragma once
// The character classes of HTTP/1.1, as pure functions of one byte.

#include <string_view>

namespace rs::http {

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] constexpr bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

// tchar of RFC 9110, section 5.6.2: what methods and field names are made of.
[[nodiscard]] constexpr bool is_token(char c) {
  return is_digit(c) || is_letter(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

// What a host with its port is made of (RFC 3986, section 3.2.2; no user in front of it).
[[nodiscard]] constexpr bool is_host(char c) {
  return is_digit(c) || is_letter(c) ||
         (c != '\0' && std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos);
}

// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace rs::http
