#include "spool/record.h"

#include <gtest/gtest.h>

#include "spool/record_blocks.h"

namespace rs::spool {
namespace {

constexpr Position kAt{7, 64};

std::string sealed(std::initializer_list<std::string_view> rows, Position at = kAt) {
  RecordBlocks records;
  for (const auto row : rows) records.add({row, 1'700'000'000});
  records.seal(at);
  return std::string(records.records());
}

Found found(std::string_view bytes, Position at = kAt) {
  Record record;
  return read_record(bytes, bytes.size(), at, record);
}

TEST(Record, IsReadAsItWasWritten) {
  const std::string bytes = sealed({"first", "", std::string(100'000, 'x')});
  std::string_view rest = bytes;
  for (const std::size_t size : {5u, 0u, 100'000u}) {
    Record record;
    const Position at{kAt.segment, kAt.offset + (bytes.size() - rest.size())};
    ASSERT_EQ(read_record(rest, rest.size(), at, record), Found::kRecord);
    EXPECT_EQ(record.row.size(), size);
    EXPECT_EQ(record.seconds, 1'700'000'000u);
    EXPECT_EQ(take_record(rest).row, record.row);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(Record, TakesTwentyBytesBesideItsRow) {
  EXPECT_EQ(sealed({"four"}).size(), 24u);
}

TEST(Record, IsDamagedWhenAnyOneBitOfItIsAnother) {
  const std::string whole = sealed({"a row of some bytes"});
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(found(bytes), Found::kRecord) << bit;
  }
}

TEST(Record, IsNoneAtAnotherPlaceOrInAnotherSegment) {
  const std::string bytes = sealed({"row"});
  EXPECT_EQ(found(bytes), Found::kRecord);
  EXPECT_EQ(found(bytes, {kAt.segment, kAt.offset + 1}), Found::kDamage);
  EXPECT_EQ(found(bytes, {kAt.segment + 1, kAt.offset}), Found::kDamage);
}

TEST(Record, ThatIsCutOffNeedsMoreOrIsDamaged) {
  const std::string bytes = sealed({"a row"});
  Record record;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const auto part = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(read_record(part, bytes.size(), kAt, record), Found::kMore) << size;
    EXPECT_EQ(read_record(part, part.size(), kAt, record), Found::kDamage) << size;
  }
}

TEST(Record, IsNothingWhereTheFileWasNeverWritten) {
  EXPECT_EQ(found(std::string(100, '\0')), Found::kNothing);
  EXPECT_EQ(found(std::string(5, '\0')), Found::kNothing);
  EXPECT_EQ(found(""), Found::kNothing);
}

TEST(Record, IsFoundByItsMark) {
  const std::string bytes = "noise noise" + sealed({"row"});
  EXPECT_EQ(find_mark(bytes, 0), 11u);
  EXPECT_EQ(find_mark(bytes, 12), bytes.size());
}

}  // namespace
}  // namespace rs::spool
