// Sectors that the disk refuses to read: all rows beside them are delivered, and it is said.

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "spool/inspection.h"
#include "spool/segment_header.h"
#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

using ::testing::IsEmpty;

using Rows = std::vector<std::string>;

// A hundred rows of 30 bytes each in one segment, of which the disk cannot read the sector from
// 1,024 on.
class UnreadableSector : public SpoolTest {
 protected:
  static constexpr std::uint64_t kFrom = 1024, kTo = 1536;
  static constexpr int kRows = 100;

  UnreadableSector() {
    settings_.limits.segment_bytes = 1 << 20;
    settings_.limits.unreadable_after = std::chrono::milliseconds(0);
    start();
    for (int i = 0; i < kRows; ++i) EXPECT_EQ(keep(row(i)), Outcome::kKept);
  }

  static std::string row(int i) { return "row " + std::to_string(100'000 + i); }
  // Rows that no byte from `begin` to `end` belongs to.
  static Rows rows_beside(std::uint64_t begin, std::uint64_t end) {
    Rows rows;
    for (int i = 0; i < kRows; ++i) {
      const auto at = kSegmentHeaderBytes + 30 * static_cast<std::uint64_t>(i);
      if (at + 30 <= begin || at >= end) rows.push_back(row(i));
    }
    return rows;
  }
  void break_it() { disk_.break_sectors(segment_name(1), kFrom, kTo); }
  // As left(), which expects no Error: the first time there is one.
  Rows left_at_the_second_time() {
    EXPECT_TRUE(open());
    EXPECT_FALSE(spool_->segments().recover()) << "it may be over in a moment";
    return left_of_open();
  }
  SegmentStats stats() { return spool_->stats().segments; }
};

TEST_F(UnreadableSector, CostsOnlyTheRowsInIt) {
  spool_->stop();
  const auto whole = content(files().at(0));
  break_it();
  const auto beside = rows_beside(kFrom, kTo);
  EXPECT_EQ(left_at_the_second_time(), beside);
  EXPECT_EQ(lost_, kRows - beside.size());
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(content(files().at(0)), whole);
  spool_->consumed(end_of_left_);
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(content(settings_.folder / "damaged" / segment_name(1)), whole)
      << "for a tool that can read more of it";
}

TEST_F(UnreadableSector, IsReadAgainForAWhileBeforeItIsGivenUp) {
  settings_.limits.unreadable_after = std::chrono::hours(1);
  spool_->stop();
  break_it();
  ASSERT_TRUE(open());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(spool_->segments().recover());
  disk_.mend_sectors();
  EXPECT_EQ(left_of_open().size(), 1u * kRows);
  EXPECT_EQ(stats().damages, 0u);
}

TEST_F(UnreadableSector, IsNotGivenUpWhileTheDiskCannotBeWrittenEither) {
  spool_->stop();
  break_it();
  ASSERT_TRUE(open());
  disk_.fail("sync", EIO);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(spool_->segments().recover());
  disk_.fail("sync", 0);
  EXPECT_EQ(left_of_open(), rows_beside(kFrom, kTo));
}

TEST_F(UnreadableSector, CostsOnlyTheRowsInItWhenTheyAreReadBackByTheSameProcess) {
  const auto until = end();
  break_it();
  EXPECT_FALSE(spool_->segments().read({1, kSegmentHeaderBytes}, until));
  EXPECT_EQ(rows_until(until), rows_beside(kFrom, kTo));
  EXPECT_EQ(stats().damages, 1u);
}

TEST_F(UnreadableSector, OfTheHeaderDoesNotStopTheStart) {
  spool_->stop();
  disk_.break_sectors(segment_name(1), 0, 512);
  EXPECT_EQ(left_at_the_second_time(), rows_beside(0, 512));
}

TEST_F(UnreadableSector, BehindTheLastRowCostsNone) {
  kill();  // The room of the file stays.
  disk_.break_sectors(segment_name(1), 512 << 10, (512 << 10) + 512);
  EXPECT_EQ(left_at_the_second_time().size(), 1u * kRows);
  EXPECT_EQ(lost_, 0u);
}

TEST_F(UnreadableSector, OfThePositionMeansThatTheOlderOneIsTaken) {
  const auto until = end();
  spool_->consumed({1, kSegmentHeaderBytes + 30});
  spool_->stop();
  spool_->consumed({1, kSegmentHeaderBytes + 60});
  ASSERT_EQ(until.segment, 1u);
  disk_.break_sectors("position", 0, 512);
  const auto rows = left().size();
  EXPECT_TRUE(rows == kRows - 1u || rows == kRows - 2u) << rows;
  disk_.break_sectors("position", 4096, 4096 + 512);
  EXPECT_EQ(left().size(), 1u * kRows) << "delivered again, and none is lost";
}

TEST_F(UnreadableSector, IsNamedByVerify) {
  spool_->stop();
  break_it();
  const auto found = inspect(disk_, settings_.folder, true);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->damages.size(), 1u);
  EXPECT_EQ(found->damages[0].kind, "unreadable");
  EXPECT_LE(found->damages[0].begin, kFrom);
  EXPECT_GE(found->damages[0].end, kTo);
  EXPECT_EQ(found->rows, rows_beside(kFrom, kTo).size());
}

// The disk cannot even open the file.
TEST_F(UnreadableSector, MayBeTheFileItself) {
  ASSERT_EQ(end().segment, 1u);
  spool_->stop();
  const auto whole = content(files().at(0));
  ASSERT_TRUE(open());
  disk_.fail("open", EIO);
  EXPECT_FALSE(spool_->segments().recover());
  const auto found = spool_->segments().recover();
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->rows, 0u);
  EXPECT_EQ((*found)->lost, 1u * kRows);
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(content(settings_.folder / "damaged" / segment_name(1)), whole);
}

}  // namespace
}  // namespace rs::spool
