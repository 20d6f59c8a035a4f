#pragma once
// Small ASCII text helpers on views. Nothing here allocates unless it returns a std::string.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rs {

[[nodiscard]] constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Compares ignoring ASCII case.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}

// Without blanks (space, tab) at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts `text` at the first `separator` and returns what lay before it (all of it when absent;
// then `text` becomes empty with a null data()).
[[nodiscard]] constexpr std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return head;
}

[[nodiscard]] std::string lower_case(std::string_view text);

// The bytes of the first invalid UTF-8 sequence start here; npos when all of `text` is valid
// (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

// The longest prefix of `text` with at most `bytes_max` bytes that does not split a character.
// `text` must be valid UTF-8.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

// `text` as the inside of a JSON string literal (no quotes around it). Invalid UTF-8 becomes
// U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

// The shortest decimal text that reads back as the same double; "null" for what JSON cannot say.
void append_json_number(std::string& out, double value);

// Edit distance (Levenshtein), for "did you mean".
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// 2026-01-15T10:30:45.123456Z
[[nodiscard]] std::string format_utc(std::int64_t unix_micros);

}  // namespace rs
