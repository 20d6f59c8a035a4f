#include <gtest/gtest.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/text.h"
#include "base/uuid.h"
#include "base/world.h"

namespace rs {
namespace {

TEST(Uuid, Version4KeepsTheRandomBytesAndMarksItsVersion) {
  std::array<std::byte, 16> random;
  random.fill(std::byte{0xff});
  EXPECT_EQ(uuid_v4(random).view(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Uuid, Version7StartsWithTheTimeSoThatIdsSort) {
  std::array<std::byte, 16> random{};
  EXPECT_EQ(uuid_v7(0x0123456789ab, random).view(), "01234567-89ab-7000-8000-000000000000");
  EXPECT_LT(uuid_v7(1'764'000'000'000, random).view(), uuid_v7(1'764'000'000'001, random).view());
}

TEST(RealWorld, NeverGivesTheSameBytesTwice) {
  RealWorld world;
  auto previous = world.random16();
  for (int i = 0; i < 1'000; ++i) {
    auto next = world.random16();
    ASSERT_NE(previous, next);
    previous = next;
  }
}

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(find_invalid_utf8("gr\xc3\xbc\xc3\x9f, \xf0\x9f\x98\x80"), std::string_view::npos);
  for (const char* bad :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xff"}) {
    EXPECT_EQ(find_invalid_utf8(std::string("ok") + bad), 2u) << bad;
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("a\xc3\xbc"
                        "b",
                        2),
            "a");
  EXPECT_EQ(utf8_prefix("a\xc3\xbc"
                        "b",
                        3),
            "a\xc3\xbc");
}

TEST(Json, EscapesWhatMustBeEscapedAndRepairsTheRest) {
  std::string out;
  append_json_escaped(out, std::string_view("\"\\\n\x01\0\xff\xc3\xbc", 8));
  EXPECT_EQ(out, "\\\"\\\\\\n\\u0001\\u0000\\ufffd\xc3\xbc");
}

TEST(Text, WritesANegativeZeroThatIsReadBackAsOne) {
  std::string out;
  append_json_number(out, -0.0);
  append_json_number(out += ' ', 0.0);
  EXPECT_EQ(out, "-0.0 0");
}

TEST(Json, WritesTheShortestNumberThatReadsBack) {
  std::string out;
  append_json_number(out, 99.99);
  EXPECT_EQ(out, "99.99");
}

TEST(Text, FormatsUtcToTheMicrosecond) {
  EXPECT_EQ(format_utc(1'768'473'045'123'456), "2026-01-15T10:30:45.123456Z");
}

TEST(Text, MeasuresHowFarTwoNamesAreApart) {
  EXPECT_EQ(edit_distance("RUN__PORT", "RUN__PROT"), 2u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

TEST(Base64, ReadsBackWhatItWrote) {
  for (const std::string_view bytes : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"}) {
    std::string text;
    append_base64(text, bytes);
    EXPECT_EQ(decode_base64(text), std::string(bytes)) << text;
  }
  std::string text;
  append_base64(text, "foob");
  EXPECT_EQ(text, "Zm9vYg==");
}

TEST(Base64, RefusesWhatIsNoBase64) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Z-==", "Zh=="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Arena, ReusesItsMemoryAfterClear) {
  Arena arena;
  const auto* first = arena.copy("hello").data();
  arena.clear();
  EXPECT_EQ(arena.copy("world").data(), first);
  EXPECT_EQ(arena.copy(std::string(100'000, 'x')).size(), 100'000u);
}

}  // namespace
}  // namespace rs
