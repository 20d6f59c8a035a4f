#include "base/json_text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include <fmt/compile.h>

namespace rs {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;

// A bit in each byte of `word` that is 0; bytes above one that is may have theirs set too.
constexpr std::uint64_t zeros(std::uint64_t word) {
  return (word - kOnes) & ~word & kHighs;
}

// Whether all eight bytes are ASCII that needs no escape.
bool is_plain(std::uint64_t word) {
  const std::uint64_t controls = (word - kOnes * 0x20) & ~word;
  return ((word | controls | zeros(word ^ kOnes * '"') | zeros(word ^ kOnes * '\\')) & kHighs) == 0;
}

bool is_plain(unsigned char c) {
  return c >= 0x20 && c != '"' && c != '\\';
}

char* write_text(char* at, std::string_view text) {
  return std::copy(text.begin(), text.end(), at);
}

char* write_digits(char* at, unsigned value, int count) {
  for (int i = count; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
  return at + count;
}

}  // namespace

std::size_t json_plain_prefix(std::string_view text) {
  std::size_t at = 0;
  for (;;) {
    std::uint64_t word;
    while (text.size() - at >= sizeof word) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if (!is_plain(word)) break;
      at += sizeof word;
    }
    const std::size_t end = std::min(text.size(), at + sizeof word);
    for (; at < end; ++at) {
      const auto c = static_cast<unsigned char>(text[at]);
      if (!is_plain(c)) return at;
      if (c >= 0x80) break;
    }
    if (at == text.size()) return at;
    if (static_cast<unsigned char>(text[at]) < 0x80) continue;
    const std::size_t length = utf8_character_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
}

char* write_json_escape(char* at, char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  *at++ = '\\';
  if (const auto index = kShort.find(byte); index != std::string_view::npos) {
    *at++ = kLetters[index];
    return at;
  }
  const auto code = static_cast<unsigned char>(byte);
  at = write_text(at, code < 0x20 ? "u0000" : "ufffd");
  if (code < 0x20) {
    at[-2] = kHex[code >> 4];
    at[-1] = kHex[code & 0xf];
  }
  return at;
}

char* write_json_number(char* at, double value) {
  // "-0" is an integer, which has no negative zero, to most who read it.
  if (value == 0 && std::signbit(value)) return write_text(at, "-0.0");
  if (std::isfinite(value)) return fmt::format_to(at, FMT_COMPILE("{}"), value);
  return write_text(at, "null");
}

char* write_date(char* at, std::int64_t days) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  at = write_digits(at, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = write_digits(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  return write_digits(at, static_cast<unsigned>(date.day()), 2);
}

char* write_utc(char* at, std::int64_t unix_micros) {
  constexpr std::int64_t kDay = 86'400'000'000;
  const std::int64_t days = (unix_micros >= 0 ? unix_micros : unix_micros - (kDay - 1)) / kDay;
  const std::int64_t of_day = unix_micros - days * kDay;
  const auto second = static_cast<unsigned>(of_day / 1'000'000);
  at = write_date(at, days);
  *at++ = 'T';
  at = write_digits(at, second / 3600, 2);
  *at++ = ':';
  at = write_digits(at, second / 60 % 60, 2);
  *at++ = ':';
  at = write_digits(at, second % 60, 2);
  *at++ = '.';
  at = write_digits(at, static_cast<unsigned>(of_day % 1'000'000), 6);
  *at++ = 'Z';
  return at;
}

}  // namespace rs
