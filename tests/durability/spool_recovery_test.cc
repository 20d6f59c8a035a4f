#include <algorithm>
#include <cerrno>
#include <random>

#include <gmock/gmock.h>

#include "durability/recovery_fixture.h"
#include "spool/segment_header.h"

namespace rs::spool {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a process leaves that ends while it writes a group.
TEST_F(RecoveryTest, CutsATornTail) {
  keep_rows(2);
  RecordBlocks torn;
  torn.add({row(2)});
  torn.seal({1, begin_of(2)});
  change([&](std::string& bytes) { bytes += torn.records().substr(0, 27); });
  EXPECT_EQ(left(), rows({0, 1}));
  EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(2));
  EXPECT_EQ(stats().torn_bytes, 27u);
  EXPECT_EQ(stats().damages, 0u);
  EXPECT_EQ(lost_, 0u);
}

TEST_F(RecoveryTest, CutsRoomThatWasNeverWritten) {
  keep_rows(2);
  change([](std::string& bytes) { bytes.resize(5'000'000); });
  EXPECT_EQ(left(), rows({0, 1}));
  EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(2));
  EXPECT_EQ(stats().torn_bytes, 0u);
}

TEST_F(RecoveryTest, SkipsADamagedRecordAndKeepsItsBytesAside) {
  keep_rows(4);
  std::string whole;
  change([&](std::string& bytes) {
    bytes[begin_of(1) + 25] ^= 1;
    whole = bytes.substr(begin_of(1), 30);
  });
  EXPECT_EQ(left(), rows({0, 2, 3}));
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(damaged(begin_of(1)), whole);
}

TEST_F(RecoveryTest, FindsItsWayAfterADamagedLength) {
  keep_rows(4);
  change([](std::string& bytes) { bytes[begin_of(1) + 15] = '\x7f'; });
  EXPECT_EQ(left(), rows({0, 2, 3}));
}

TEST_F(RecoveryTest, FindsTheRowsBehindABlockThatBecameZeros) {
  keep_rows(6);
  change([](std::string& bytes) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin_of(1) + 7), 64, '\0');
  });
  EXPECT_EQ(left(), rows({0, 4, 5}));
  EXPECT_EQ(damaged(begin_of(1)).size(), 90u);
}

TEST_F(RecoveryTest, ReadsASegmentWhoseHeaderIsDamaged) {
  keep_rows(2);
  change([](std::string& bytes) { bytes[3] = '?'; });
  EXPECT_EQ(left(), rows({0, 1}));
}

TEST_F(RecoveryTest, FindsNoDamageWhereNothingIsKnownOfTheEnd) {
  keep_rows(3);
  std::filesystem::remove(settings_.folder / "end");
  change([](std::string& bytes) { bytes.resize(bytes.size() - 3); });
  EXPECT_EQ(left(), rows({0, 1}));
  EXPECT_EQ(stats().torn_bytes, 27u);
  EXPECT_EQ(stats().damages, 0u);
}

// A power cut may take back what was noted of the end; the rows are there, and are read.
TEST_F(RecoveryTest, ReadsRowsBehindTheEndThatIsNoted) {
  start();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
  kill();
  disk_.cut_power();
  EXPECT_EQ(left(), rows({0, 1, 2}));
  EXPECT_EQ(stats().damages, 0u);
}

// The second process writes before it has looked through what the first one left, and is killed.
TEST_F(RecoveryTest, KnowsTheEndThatAProcessLeftWhichTheNextOneDidNotRead) {
  keep_rows(3);
  start();
  ASSERT_EQ(keep("of the second process"), Outcome::kKept);
  kill();
  change([](std::string& bytes) { bytes.resize(bytes.size() - 3); });
  EXPECT_EQ(left(), (Rows{row(0), row(1), "of the second process"}));
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(lost_, 1u);
}

TEST_F(RecoveryTest, ReadsRowsBehindTheEndThatTheNextProcessKnew) {
  start();
  ASSERT_EQ(keep(row(0)), Outcome::kKept);
  spool_->stop();
  start();
  for (const int i : {1, 2}) ASSERT_EQ(keep(row(i)), Outcome::kKept);
  kill();
  disk_.cut_power();  // Of the second segment no end is noted any more,
  overwrite(settings_.folder / "end", end_of({2, begin_of(1)}, 1));  // or one that lies behind.
  start();
  ASSERT_EQ(keep("of the third process"), Outcome::kKept);
  kill();
  EXPECT_EQ(left(), (Rows{row(0), row(1), row(2), "of the third process"}));
  EXPECT_EQ(stats().damages, 0u);
}

TEST_F(RecoveryTest, KeepsDamagedBytesThroughAPowerCut) {
  keep_rows(4);
  change([](std::string& bytes) { bytes[begin_of(1) + 25] ^= 1; });
  EXPECT_EQ(left(), rows({0, 2, 3}));
  disk_.cut_power();
  EXPECT_EQ(damaged(begin_of(1)).size(), 30u);
}

TEST_F(RecoveryTest, KeepsTheWholeFileWhereDamagedBytesCannotBeCopied) {
  keep_rows(4);
  change([](std::string& bytes) { bytes.resize(bytes.size() - 3); });
  const auto whole = content(files().at(0));
  disk_.fail("rename", ENOSPC);
  EXPECT_EQ(left(), rows({0, 1, 2}));
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(lost_, 1u);
  EXPECT_EQ(content(files().at(0)), whole) << "nothing is cut";
  EXPECT_FALSE(spool_->consumed(end_of_left_)) << "to be tried again";
  disk_.fail("rename", 0);
  EXPECT_TRUE(spool_->consumed(end_of_left_));
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(content(settings_.folder / "damaged" / segment_name(1)), whole);
}

TEST_F(RecoveryTest, ForgetsASegmentThatACrashLeftWithoutRows) {
  std::filesystem::create_directories(settings_.folder);
  overwrite(settings_.folder / segment_name(1), "");
  overwrite(settings_.folder / segment_name(2), std::string(100'000, '\0'));
  overwrite(settings_.folder / segment_name(3), segment_header(3) + std::string(1000, '\0'));
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(RecoveryTest, RefusesAFormatItDoesNotKnowByName) {
  keep_rows(1);
  change([](std::string& bytes) { bytes.replace(0, 64, segment_header(1, 3)); });
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kRefused);
  EXPECT_THAT(opened.error().message, HasSubstr(segment_name(1) + " has format version 3"));
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(RecoveryTest, LeavesFilesOfOthersAlone) {
  keep_rows(1);
  for (const char* name : {"notes.txt", "1.segment", "0000000000000000000x.segment"}) {
    overwrite(settings_.folder / name, "mine");
  }
  EXPECT_EQ(left(), rows({0}));
  EXPECT_EQ(content(settings_.folder / "1.segment"), "mine");
}

TEST_F(RecoveryTest, WaitsForADiskThatCannotBeReadInsteadOfSkipping) {
  keep_rows(2);
  ASSERT_TRUE(open());
  disk_.fail("read", EIO);
  EXPECT_FALSE(spool_->segments().recover());
  EXPECT_FALSE(spool_->segments().recover());
  disk_.fail("read", 0);
  const auto found = spool_->segments().recover();
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->rows, 2u);
}

// Whatever is overwritten: rows outside of it are all found, and nothing is found that was not
// kept.
TEST_F(RecoveryTest, FindsEveryRowThatDamageDoesNotTouch) {
  std::minstd_rand random(17);
  for (int round = 0; round < 200; ++round) {
    std::filesystem::remove_all(settings_.folder);
    start();
    Rows kept;
    std::vector<std::uint64_t> begins, ends;
    for (int i = 0; i < 20; ++i) {
      kept.push_back(std::to_string(i) + std::string(random() % 300, static_cast<char>(random())));
      begins.push_back(i == 0 ? 64 : ends.back());
      ends.push_back(begins.back() + 20 + kept.back().size());
      ASSERT_EQ(spool_->append(one(kept.back()), {}), Appended::kWaiting);
    }
    spool_->stop();
    std::uint64_t from = 0, to = 0;
    change([&](std::string& bytes) {
      ASSERT_EQ(bytes.size(), ends.back());
      from = 64 + random() % (bytes.size() - 64);
      to = std::min<std::uint64_t>(bytes.size(), from + 1 + random() % 200);
      for (auto at = from; at < to; ++at) bytes[at] = static_cast<char>(random());
    });
    Rows expected;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (ends[i] <= from || begins[i] >= to) expected.push_back(kept[i]);
    }
    auto found = left();
    // A byte may have been overwritten by itself.
    for (const auto& row : expected) EXPECT_THAT(found, ::testing::Contains(row)) << round;
    for (const auto& row : found) EXPECT_THAT(kept, ::testing::Contains(row)) << round;
  }
}

}  // namespace
}  // namespace rs::spool
