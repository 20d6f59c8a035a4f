#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "event/json_cursor.h"
#include "event/json_index.h"

namespace rs::event {
namespace {

// Reads `text` as one JSON value; the reason when it is none.
std::string fault(const std::string& text) {
  JsonIndex index;
  const std::string padded = text + std::string(64, 'x');
  const std::string_view body(padded.data(), text.size());
  if (!index.build(body)) return std::string(explain_unindexable(body).reason);
  Arena arena;
  JsonCursor cursor(body, index.positions(), index.size(), arena);
  if (cursor.skip() && !cursor.at_end()) cursor.fail("Extra data");
  return std::string(cursor.error().reason);
}

std::string decoded(const std::string& literal) {
  JsonIndex index;
  EXPECT_TRUE(index.build(literal)) << literal;
  Arena arena;
  JsonCursor cursor(literal, index.positions(), index.size(), arena);
  std::string_view out;
  return cursor.string(out) ? std::string(out) : "FAULT " + std::string(cursor.error().reason);
}

bool oracle_accepts(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  return parser.parse(text).get(element) == simdjson::SUCCESS;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

const char* const kValid[] = {
    "{}",
    "[]",
    "0",
    "-0",
    "-1.5e+10",
    "1E5",
    "\"\"",
    "true",
    " null ",
    "[1,2,3]",
    "{\"a\":{\"b\":[{}]}}",
    "\t{\r\n\"a\" : 1 , \"b\" : [ ] }\n",
    "[\"\\u0041\\n\\\"\"]",
    "\"\\\\\"",
    "[[[[]]]]",
    "\"gr\xc3\xbc\xc3\x9f\"",
    "{\"a\":1,\"a\":2}",
    "[123456789012345678901234567890]",
    "\"\\/\"",
    "[-9223372036854775808]",
};
const char* const kInvalid[] = {
    "{",
    "}",
    "[1,]",
    "[,1]",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{a:1}",
    "{1:2}",
    "[1 2]",
    "[1}",
    "{\"a\":1]",
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "-",
    "--1",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "tru",
    "truex",
    "nul",
    "True",
    "'a'",
    "\"a",
    "\"a\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"a\nb\"",
    "\"a\x01\"",
    "{} {}",
    "[]x",
    "1 2",
    "\"a\"b",
    "\"a\"\"b\"",
    "true\"x\"",
    "[1\"x\"]",
    "12a",
    "{\"a\":1\"b\":2}",
    "\xff",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "\x01",
    "",
    " ",
    ",",
    ":",
    "{\"a\":1:2}",
    "{,}",
    "[\"a\":1]",
    "/* c */1",
    "1//c",
};

TEST(JsonCursor, AcceptsWhatIsJson) {
  for (const char* text : kValid) EXPECT_EQ(fault(text), "") << text;
}

TEST(JsonCursor, RefusesWhatIsNotJson) {
  for (const char* text : kInvalid) EXPECT_NE(fault(text), "") << text;
  EXPECT_NE(fault(std::string("[1\0]", 4)), "");
  EXPECT_NE(fault(std::string("{}\0", 3)), "");
}

TEST(JsonCursor, AgreesWithSimdjsonsOwnParserOnEveryCaseAndEveryCutOfIt) {
  const auto agree = [](const std::string& text) {
    EXPECT_EQ(fault(text).empty(), oracle_accepts(text)) << text;
  };
  for (const auto* list : {kValid, kInvalid}) {
    const std::size_t count = list == kValid ? std::size(kValid) : std::size(kInvalid);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text = list[i];
      // simdjson's DOM knows no integers beyond 64 bits; JSON and we do.
      if (text.find("1234567890123456789012") != std::string::npos) continue;
      for (std::size_t size = 0; size <= text.size(); ++size) agree(text.substr(0, size));
    }
  }
}

TEST(JsonCursor, GivesTheSameAnswersOnEveryKernelOfTheProcessor) {
  const auto* chosen =
      static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
  for (const auto* kernel : simdjson::get_available_implementations()) {
    if (!kernel->supported_by_runtime_system()) continue;
    simdjson::get_active_implementation() = kernel;
    for (const char* text : kValid) EXPECT_EQ(fault(text), "") << kernel->name() << " " << text;
    for (const char* text : kInvalid) EXPECT_NE(fault(text), "") << kernel->name() << " " << text;
  }
  simdjson::get_active_implementation() = chosen;
}

TEST(JsonCursor, DecodesEscapes) {
  EXPECT_EQ(decoded(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(decoded(R"("a\u0041\u00e9\u20AC\ud83d\ude00z")"),
            "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
  EXPECT_EQ(decoded(R"("\u0000")"), std::string(1, '\0'));
}

TEST(JsonCursor, TakesHalfASurrogatePairAsTheReplacementCharacter) {
  EXPECT_EQ(decoded(R"("a\ud83d")"), "a\xef\xbf\xbd");
  EXPECT_EQ(decoded(R"("\ude00b")"),
            "\xef\xbf\xbd"
            "b");
  EXPECT_EQ(decoded(R"("\ud83d\ud83d\ude00")"), "\xef\xbf\xbd\xf0\x9f\x98\x80");
  EXPECT_EQ(decoded(R"("\ud83d\u0041")"),
            "\xef\xbf\xbd"
            "A");
}

TEST(JsonCursor, AllowsThirtyTwoLevelsAndNoMore) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(fault(nested(32)), "");
  EXPECT_EQ(fault(nested(33)), "Nesting is deeper than 32 levels");
  EXPECT_EQ(fault(std::string(100'000, '[')), "Nesting is deeper than 32 levels");
}

TEST(JsonCursor, RefusesNulInAKeyButNotInAValue) {
  EXPECT_EQ(fault(R"({"a\u0000b":1})"), "NUL is not allowed in a key");
  EXPECT_EQ(fault(R"({"a":"\u0000"})"), "");
}

TEST(JsonNumber, KnowsIntegersFromFractionsAndFromWhatIsTooLarge) {
  struct Case {
    const char* text;
    bool is_integer;
    std::int64_t integer;
    double value;
  };
  const Case cases[] = {
      {"0", true, 0, 0},
      {"-0", true, 0, 0},
      {"-0.0", true, 0, -0.0},
      {"-0e7", true, 0, -0.0},
      {"20.0", true, 20, 20},
      {"2e1", true, 20, 20},
      {"1.5", false, 0, 1.5},
      {"99.99", false, 0, 99.99},
      {"9223372036854775807", true, INT64_MAX, 9223372036854775807.0},
      {"-9223372036854775808", true, INT64_MIN, -9223372036854775808.0},
      {"9223372036854775808", false, 0, 9223372036854775808.0},
      {"12345678901234567000", false, 0, 12345678901234567000.0},
      {"1e999", false, 0, kInfinity},
      {"-1e999", false, 0, -kInfinity},
      {"1e-999", true, 0, 0},
      {"999999999999999999", true, 999999999999999999, 1e18},
      {"1000000000000000000", true, 1000000000000000000, 1e18},
      {"0.000001", false, 0, 0.000001},
      {"-0.1", false, 0, -0.1},
      {"9007199254740993.5", true, 9007199254740994, 9007199254740994.0},
      {"0.1000000000000000055511151231257827", false, 0, 0.1},
      {"123456789.123456789", false, 0, 123456789.123456789},
      {"100.00", true, 100, 100},
  };
  for (const auto& c : cases) {
    JsonNumber number;
    ASSERT_TRUE(parse_json_number(c.text, number)) << c.text;
    EXPECT_EQ(number.is_integer, c.is_integer) << c.text;
    EXPECT_EQ(number.is_integer ? number.integer : 0, c.integer) << c.text;
    EXPECT_EQ(number.value, c.value) << c.text;
    EXPECT_EQ(std::signbit(number.value), std::signbit(c.value)) << c.text;
  }
}

TEST(JsonNumber, IsTheDoubleNearestToItsText) {
  for (int cents = 0; cents < 200'000; ++cents) {
    const auto text = fmt::format("{}.{:02}", cents / 100, cents % 100);
    JsonNumber number;
    ASSERT_TRUE(parse_json_number(text, number));
    ASSERT_EQ(number.value, std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(JsonError, PointsAtTheByteThatCannotBe) {
  const auto at = [](std::string_view body) { return explain_unindexable(body).position; };
  EXPECT_EQ(at("{\"a\":\"\xff\"}"), 6u);
  EXPECT_EQ(at("{\"a\":\"b\nc\"}"), 7u);
  EXPECT_EQ(at("{\"a\":\"b\\\"}"), 5u);
}

}  // namespace
}  // namespace rs::event
