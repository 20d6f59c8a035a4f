#include "event/json_cursor.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace rs::event {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 2^63 as a double: the first value that no longer fits.
constexpr double kInt64End = 9223372036854775808.0;

void set_double(double value, JsonNumber& out) {
  out.value = value;
  out.is_integer = value >= -kInt64End && value < kInt64End && std::trunc(value) == value;
  if (out.is_integer) out.integer = static_cast<std::int64_t>(value);
}

// Digits as they are read: how many, and their value as long as it is exact.
struct Digits {
  std::size_t count = 0;
  std::int64_t value = 0;  // Of the first 18.

  void read(std::string_view text, std::size_t& at) {
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (count++ < kExact) value = value * 10 + (text[at] - '0');
    }
  }
  [[nodiscard]] bool exact() const { return count <= kExact; }

 private:
  static constexpr std::size_t kExact = 18;  // 10^18 < 2^63
};

// The parts of a number by JSON's grammar.
struct NumberParts {
  bool negative = false, has_exponent = false;
  Digits digits;             // Before and behind the point.
  std::size_t whole = 0;     // Digits before the point.
  std::size_t power_at = 0;  // Where the exponent's digits begin, after its sign.

  [[nodiscard]] std::size_t decimals() const { return digits.count - whole; }

  // Whether all of `text` is a number.
  bool read(std::string_view text) {
    negative = text.starts_with('-');
    std::size_t at = negative ? 1 : 0;
    const std::size_t first = at;
    digits.read(text, at);
    whole = digits.count;
    if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
    if (at < text.size() && text[at] == '.') digits.read(text, ++at);
    if (decimals() == 0 && at != first + whole) return false;
    if (at < text.size() && ascii_lower(text[at]) == 'e') {
      has_exponent = true;
      ++at;
      if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
      power_at = at;
      Digits power;
      power.read(text, at);
      if (power.count == 0) return false;
    }
    return at == text.size();
  }
};

// The power of ten behind a number that is not 0: 3 for 123, -2 for 0.00123, 9 for 1.23e8. Beyond
// a million million it is that.
std::int64_t magnitude(std::string_view text, const NumberParts& parts) {
  constexpr std::int64_t kHuge = 1'000'000'000'000;
  const std::size_t first = parts.negative ? 1 : 0;
  auto size = static_cast<std::int64_t>(parts.whole);
  if (text[first] == '0') {
    const auto nonzero = text.find_first_not_of('0', first + 2);
    size = static_cast<std::int64_t>(first + 2) - static_cast<std::int64_t>(nonzero);
  }
  if (!parts.has_exponent) return size;
  std::int64_t power = 0;
  for (const char c : text.substr(parts.power_at)) {
    power = std::min(power * 10 + (c - '0'), kHuge);
  }
  return size + (text[parts.power_at - 1] == '-' ? -power : power);
}

// Infinite beyond a double, and 0 below the smallest one: from_chars calls both out of range.
double to_double(std::string_view text, const NumberParts& parts) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc::result_out_of_range) return value;
  value = magnitude(text, parts) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return parts.negative ? -value : value;
}

// Both are exact doubles up to these, so their quotient is the nearest double there is.
constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The four hexadecimal digits at `at`; -1 when they are not there.
int hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

char* append_utf8(char* out, unsigned code) {
  const auto put = [&](unsigned byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return out;
}

char simple_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool is_json_number(std::string_view text) {
  return NumberParts{}.read(text);
}

bool parse_json_number(std::string_view text, JsonNumber& out) {
  NumberParts parts;
  if (!parts.read(text)) return false;
  const auto& digits = parts.digits;
  const std::size_t decimals = parts.decimals();
  out.text = text;
  const std::int64_t value = parts.negative ? -digits.value : digits.value;
  if (!parts.has_exponent && decimals == 0 && digits.exact()) {
    out.is_integer = true;
    out.integer = value;
    out.value = static_cast<double>(value);
  } else if (!parts.has_exponent && digits.exact() && digits.value <= kExactInDouble) {
    const double size = static_cast<double>(digits.value) / kPowersOfTen[decimals];
    set_double(parts.negative ? -size : size, out);
  } else if (!parts.has_exponent && decimals == 0 &&
             std::from_chars(text.data(), text.data() + text.size(), out.integer).ec ==
                 std::errc{}) {
    out.is_integer = true;
    out.value = static_cast<double>(out.integer);
  } else if (!parts.has_exponent && decimals == 0) {
    out.is_integer = false;
    out.value = to_double(text, parts);
  } else {
    set_double(to_double(text, parts), out);
  }
  return true;
}

std::string_view JsonCursor::text_since(std::size_t start) const {
  std::size_t end = *next_;
  while (end > start && is_blank(body_[end - 1])) --end;
  return body_.substr(start, end - start);
}

bool JsonCursor::skip() {
  switch (peek()) {
    case '{':
      return object([this](std::string_view) { return skip(); });
    case '[':
      return array([this] { return skip(); });
    case '"': {
      std::string_view text;
      return string(text);
    }
    case 't':
    case 'f':
    case 'n':
      return literal();
    default: {
      if (at_end()) return fail("Expecting value");
      if (is_json_number(take())) return true;
      --next_;
      return fail("Expecting value");
    }
  }
}

bool JsonCursor::decode(std::string_view inside, std::string_view& out) {
  // Decoded text is never longer than its escaped form: \uXXXX takes 6 bytes and gives at most 3,
  // a pair takes 12 and gives 4.
  char* const start = arena_.allocate(inside.size());
  char* end = start;
  const auto offset = static_cast<std::size_t>(inside.data() - body_.data());
  for (std::size_t at = 0; at < inside.size();) {
    const auto escape = inside.find('\\', at);
    const auto plain = inside.substr(at, escape == std::string_view::npos ? escape : escape - at);
    if (!plain.empty()) std::memcpy(end, plain.data(), plain.size());
    end += plain.size();
    at += plain.size();
    if (at == inside.size()) break;
    const char kind = inside[at + 1];  // There is one: a quote after a backslash does not close.
    if (kind != 'u') {
      const char c = simple_escape(kind);
      if (c == '\0') return fail_at(offset + at, "Invalid \\escape");
      *end++ = c;
      at += 2;
      continue;
    }
    int code = hex4(inside, at + 2);
    if (code < 0) return fail_at(offset + at, "Invalid \\uXXXX escape");
    at += 6;
    if (code >= 0xd800 && code <= 0xdbff && inside.substr(at, 2) == "\\u") {
      const int low = hex4(inside, at + 2);
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    end = append_utf8(end, static_cast<unsigned>(code));
  }
  out = {start, static_cast<std::size_t>(end - start)};
  return true;
}

JsonError explain_unindexable(std::string_view body) {
  if (body.starts_with("\xff\xfe") || body.starts_with("\xfe\xff") ||
      body.substr(0, 2).find('\0') != std::string_view::npos) {
    return {0, "The body is UTF-16 or UTF-32; JSON is UTF-8"};
  }
  if (const auto at = find_invalid_utf8(body); at != std::string_view::npos) {
    return {at, "Invalid UTF-8"};
  }
  std::size_t opened = std::string_view::npos;  // Where the string we are in began.
  for (std::size_t at = 0; at < body.size(); ++at) {
    const char c = body[at];
    const bool inside = opened != std::string_view::npos;
    if (c == '"') {
      opened = inside ? std::string_view::npos : at;
    } else if (inside && c == '\\') {
      ++at;
    } else if (inside && static_cast<unsigned char>(c) < 0x20) {
      return {at, "Invalid control character at"};
    }
  }
  if (opened != std::string_view::npos) return {opened, "Unterminated string starting at"};
  return {0, "Expecting value"};
}

}  // namespace rs::event
