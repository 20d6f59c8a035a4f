#include "base/json_text.h"

#include <cstdio>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace rs {
namespace {

// The same by the book, a character at a time.
std::string escaped_slowly(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = utf8_character_length(text);
    char code[8];
    const std::string_view shorts = "\b\f\n\r\t", letters = "bfnrt";
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (const auto at = shorts.find(c); at != std::string_view::npos) {
      out += std::string("\\") + letters[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else if (length == 0) {
      out += "\\ufffd";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

TEST(JsonText, EscapesEveryByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t size = 1; size < 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x'), out;
        text[at] = static_cast<char>(byte);
        append_json_escaped(out, text);
        ASSERT_EQ(out, escaped_slowly(text)) << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(JsonText, EscapesRandomTextsAsByTheBook) {
  std::mt19937 random(1);
  const std::string_view pieces[] = {
      "a",    "plain text", "\"",          "\\",           "\n",
      "\x01", "\xff",       "\xc3\xbc",    "\xe2\x82\xac", "\xf0\x9f\x98\x80",
      "\xe2", "\x7f",       "\xed\xa0\x80"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text, out;
    for (auto count = random() % 12; count > 0; --count) {
      text += pieces[random() % std::size(pieces)];
    }
    append_json_escaped(out, text);
    ASSERT_EQ(out, escaped_slowly(text));
  }
}

TEST(JsonText, WritesDaysAndTimes) {
  const std::pair<std::int64_t, std::string_view> cases[] = {
      {0, "1970-01-01T00:00:00.000000Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {1'768'473'045'123'456, "2026-01-15T10:30:45.123456Z"},
      {-62'135'596'800'000'000, "0001-01-01T00:00:00.000000Z"},
      {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"}};
  for (const auto& [micros, text] : cases) EXPECT_EQ(format_utc(micros), text);
}

}  // namespace
}  // namespace rs
