#include "spool/record_blocks.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace rs::spool {
namespace {

std::string rows_of(std::string_view records) {
  std::string rows;
  while (!records.empty()) rows.append(take_record(records).row).append(" ");
  return rows;
}

TEST(RecordBlocks, AreWholeBlocksAtAnAlignedAddress) {
  RecordBlocks records;
  for (int i = 0; i < 1000; ++i) {
    records.add({std::string(static_cast<std::size_t>(i), 'x'), 0});
    const auto blocks = records.blocks({});
    ASSERT_EQ(blocks.size() % kBlockBytes, 0u);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(blocks.data()) % kBlockBytes, 0u);
    ASSERT_LT(blocks.size() - records.size(), kBlockBytes);
    ASSERT_EQ(blocks.substr(0, records.size()), records.records());
    ASSERT_EQ(blocks.find_first_not_of('\0', records.size()), std::string_view::npos);
  }
}

TEST(RecordBlocks, BeginBehindWhatTheirBlockHoldsAlready) {
  for (const std::size_t planned : {0u, 7u, 4000u}) {
    for (const std::size_t found : {0u, 7u, 64u, 4095u}) {
      RecordBlocks records;
      records.set_lead(planned);
      EXPECT_EQ(records.size(), 0u);
      records.add({"first", 1});
      records.add({"second", 2});
      const std::string before(found, 'b');
      const auto blocks = records.blocks(before);
      EXPECT_EQ(blocks.substr(0, found), before);
      EXPECT_EQ(rows_of(blocks.substr(found, 51)), "first second ");
      EXPECT_EQ(rows_of(records.records()), "first second ");
      EXPECT_EQ(blocks.size(), found + 51 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes);
    }
  }
}

TEST(RecordBlocks, AreEmptyAfterClearWhateverTheyHeld) {
  RecordBlocks records;
  for (const std::size_t size : {10u, 10'000'000u}) {
    records.set_lead(100);
    records.add({std::string(size, 'x'), 0});
    records.clear();
    EXPECT_EQ(records.size(), 0u);
    records.add({"next", 0});
    EXPECT_EQ(rows_of(records.blocks({}).substr(0, 24)), "next ");
    records.clear();
  }
}

}  // namespace
}  // namespace rs::spool
