#include "base/printable_text.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"

namespace rs {
namespace {

struct Range {
  char32_t first, last;
};

// C1, and the category Cf (format) of Unicode with what is invisible beside it
// (www.unicode.org/reports/tr36, section 3).
constexpr std::array<Range, 11> kHidden = {{
    {0x80, 0x9f},
    {0xad, 0xad},        // Soft hyphen.
    {0x61c, 0x61c},      // Arabic letter mark.
    {0x180e, 0x180e},    // Mongolian vowel separator.
    {0x200b, 0x200f},    // Zero width characters, directional marks.
    {0x2028, 0x202e},    // Separators, directional embeddings and overrides.
    {0x2060, 0x206f},    // Word joiner, directional isolates.
    {0xfeff, 0xfeff},    // Byte order mark.
    {0xfff9, 0xfffb},    // Interlinear annotations.
    {0x1d173, 0x1d17a},  // Musical format characters.
    {0xe0000, 0xe007f},  // Tags.
}};

char32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  char32_t value = character.size() == 1   ? first
                   : character.size() == 2 ? first & 0x1fU
                   : character.size() == 3 ? first & 0x0fU
                                           : first & 0x07U;
  for (const char next : character.substr(1)) {
    value = value << 6U | (static_cast<unsigned char>(next) & 0x3fU);
  }
  return value;
}

bool is_hidden(char32_t value) {
  return std::any_of(kHidden.begin(), kHidden.end(), [value](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

bool is_plain_ascii(char c) {
  return c >= 0x20 && c < 0x7f;
}

void append_escape(std::string& out, std::string_view character) {
  const char first = character[0];
  const auto to = std::back_inserter(out);
  if (first == '\n') {
    out += "\\n";
  } else if (first == '\t') {
    out += "\\t";
  } else if (first == '\r') {
    out += "\\r";
  } else if (character.size() == 1) {
    fmt::format_to(to, "\\x{:02x}", static_cast<unsigned char>(first));
  } else {
    fmt::format_to(to, "\\u{:04x}", static_cast<std::uint32_t>(code_point(character)));
  }
}

void append_json_escape(std::string& out, std::string_view character) {
  const auto value = static_cast<std::uint32_t>(code_point(character));
  const auto to = std::back_inserter(out);
  if (value < 0x10000) {
    fmt::format_to(to, "\\u{:04x}", value);
  } else {  // A surrogate pair (RFC 8259, section 7).
    const std::uint32_t rest = value - 0x10000;
    fmt::format_to(to, "\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10U), 0xdc00 + (rest & 0x3ffU));
  }
}

// Appends `text`, and by `escape` each character that is not `plain` ASCII nor visible otherwise.
template <class Plain, class Escape>
void append_escaped(std::string& out, std::string_view text, Plain plain, Escape escape) {
  while (!text.empty()) {
    const auto size =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
    out += text.substr(0, size);
    text.remove_prefix(size);
    if (text.empty()) return;
    const std::size_t length = utf8_character_length(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length < 2 || is_hidden(code_point(character))) {
      escape(out, character);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
}

}  // namespace

void append_printable(std::string& out, std::string_view text) {
  append_escaped(out, text, is_plain_ascii, append_escape);
}

std::string printable_lines(std::string_view text) {
  std::string out;
  const auto plain = [](char c) { return is_plain_ascii(c) || c == '\n' || c == '\t'; };
  append_escaped(out, text, plain, append_escape);
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  const auto plain = [](char c) {
    return is_plain_ascii(c) || c == '\n' || c == '\r' || c == '\t';
  };
  append_escaped(out, json, plain, append_json_escape);
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

}  // namespace rs
