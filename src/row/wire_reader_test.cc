#include "row/wire_reader.h"

#include <string>

#include <gtest/gtest.h>

#include "row/message_reader.h"

namespace rs::row {
namespace {

using std::string_view_literals::operator""sv;

TEST(WireReader, ReadsEveryKindOfValue) {
  WireReader in("\x08\xac\x02\x11\0\0\0\0\0\0\xf0\x3f\x1a\x03xyz\xf8\xff\xff\xff\x0f\x00"sv);
  WireTag tag;
  std::uint64_t value = 0;
  std::string_view text;
  ASSERT_TRUE(in.tag(tag) && tag.number == 1 && tag.type == WireType::kVarint && in.varint(value));
  EXPECT_EQ(value, 300);
  ASSERT_TRUE(in.tag(tag) && tag.number == 2 && tag.type == WireType::kFixed64 &&
              in.fixed64(value));
  EXPECT_EQ(std::bit_cast<double>(value), 1.0);
  ASSERT_TRUE(in.tag(tag) && tag.number == 3 && tag.type == WireType::kBytes && in.bytes(text));
  EXPECT_EQ(text, "xyz");
  ASSERT_TRUE(in.tag(tag) && tag.number == (1U << 29) - 1 && in.varint(value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(in.done());
}

TEST(WireReader, ReadsTheLargestVarint) {
  WireReader in("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
  std::uint64_t value = 0;
  ASSERT_TRUE(in.varint(value));
  EXPECT_EQ(value, UINT64_MAX);
  EXPECT_TRUE(in.done());
}

TEST(WireReader, SkipsEveryKindOfValue) {
  for (const auto bytes :
       {"\x08\xac\x02"sv, "\x11\0\0\0\0\0\0\xf0\x3f"sv, "\x1a\x03xyz"sv, "\x25wxyz"sv}) {
    WireReader in(bytes);
    WireTag tag;
    ASSERT_TRUE(in.tag(tag) && in.skip(tag.type));
    EXPECT_TRUE(in.done());
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      WireReader cut(bytes.substr(0, size));
      EXPECT_FALSE(cut.tag(tag) && cut.skip(tag.type)) << size;
    }
  }
}

TEST(WireReader, RefusesMalformedBytes) {
  WireTag tag;
  std::uint64_t value = 0;
  std::string_view text;
  EXPECT_FALSE(WireReader("").tag(tag));
  EXPECT_FALSE(WireReader("\x00"sv).tag(tag)) << "field number 0";
  EXPECT_FALSE(WireReader("\x0b").tag(tag)) << "start of a group";
  EXPECT_FALSE(WireReader("\x0c").tag(tag)) << "end of a group";
  EXPECT_FALSE(WireReader("\x0e").tag(tag)) << "wire type 6";
  EXPECT_FALSE(WireReader("\x0f").tag(tag)) << "wire type 7";
  EXPECT_FALSE(WireReader("\x80\x80\x80\x80\x10"sv).tag(tag)) << "field number 2^29";
  EXPECT_FALSE(WireReader("\x80").varint(value)) << "cut";
  EXPECT_FALSE(WireReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02").varint(value)) << "65 bits";
  EXPECT_FALSE(WireReader("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"sv).varint(value))
      << "11 bytes";
  EXPECT_FALSE(WireReader("1234567").fixed64(value)) << "cut";
  EXPECT_FALSE(WireReader("\x04"
                          "abc")
                   .bytes(text))
      << "longer than what is there";
  EXPECT_FALSE(WireReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                          "abc")
                   .bytes(text))
      << "2^64 - 1";
}

constexpr Column kInner[] = {
    {"amount", "", ColumnType::kFloat, Mode::kNullable, 1, "", {}},
};
constexpr Column kOuter[] = {
    {"name", "", ColumnType::kString, Mode::kNullable, 1, "", {}},
    {"count", "", ColumnType::kInteger, Mode::kNullable, 3, "", {}},
    {"parts", "", ColumnType::kRecord, Mode::kRepeated, 101, "Part", kInner},
};

TEST(MessageReader, WalksFieldsBesideTheirColumns) {
  MessageReader in("\x0a\x01x\x18\x05\xaa\x06\x09\x09\0\0\0\0\0\0\xf0\x3f\xaa\x06\0"sv, kOuter);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.index(), 0);
  EXPECT_EQ(in.text(), "x");
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.column().name, "count");
  EXPECT_EQ(in.integer(), 5);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.index(), 2);
  MessageReader part = in.record();
  ASSERT_TRUE(part.next());
  EXPECT_EQ(part.column().name, "amount");
  EXPECT_EQ(part.fraction(), 1.0);
  EXPECT_FALSE(part.next());
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.index(), 2);
  EXPECT_FALSE(in.record().next());
  EXPECT_FALSE(in.next());
  EXPECT_TRUE(in.ok() && part.ok());
}

TEST(MessageReader, PassesOverFieldsOfANewerVersion) {
  MessageReader in("\x0a\x01x\x12\x03new\x18\x05\xa0\x06\x07\xb0\x06\x01"sv,
                   kOuter);  // 2, 100, 102.
  ASSERT_TRUE(in.next() && in.index() == 0);
  ASSERT_TRUE(in.next() && in.index() == 1);
  EXPECT_EQ(in.integer(), 5);
  EXPECT_FALSE(in.next());
  EXPECT_TRUE(in.ok());
}

TEST(MessageReader, RefusesWhatOurEncoderNeverWrites) {
  const struct {
    std::string_view bytes;
    const char* what;
  } cases[] = {
      {"\x18\x05\x0a\x01x"sv, "fields out of order"},
      {"\xb0\x06\x01\x18\x05"sv, "a known field behind an unknown one of a larger number"},
      {"\x18\x05\x18\x05"sv, "a second value"},
      {"\x08\x05"sv, "an integer for text"},
      {"\x1a\x01x"sv, "text for an integer"},
      {"\x0a\x02x"sv, "cut text"},
      {"\x12\x02x"sv, "a cut value of an unknown field"},
      {"\x18"sv, "no value"},
  };
  for (const auto& [bytes, what] : cases) {
    MessageReader in(bytes, kOuter);
    while (in.next()) {
    }
    EXPECT_FALSE(in.ok()) << what;
    EXPECT_FALSE(in.next()) << what;
  }
}

}  // namespace
}  // namespace rs::row
