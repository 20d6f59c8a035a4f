#include <algorithm>
#include <cerrno>
#include <random>

#include <gmock/gmock.h>

#include "spool/inspection.h"
#include "spool/segment_header.h"
#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Rows = std::vector<std::string>;

// What is done to a segment of the rows below, and what is then found. Each row takes 20 + 10 bytes
// and begins at 64 + 30 n.
class RecoveryTest : public SpoolTest {
 protected:
  void keep_rows(int rows) {
    start();
    for (int i = 0; i < rows; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
    spool_->stop();
  }
  static std::string row(int i) { return std::string(9, static_cast<char>('a' + i)) + "."; }
  static Rows rows(std::initializer_list<int> numbers) {
    Rows rows;
    for (const int i : numbers) rows.push_back(row(i));
    return rows;
  }
  static std::uint64_t begin_of(int i) { return 64 + 30 * static_cast<std::uint64_t>(i); }
  template <class Change>
  void change(Change&& how) {
    auto bytes = content(files().at(0));
    how(bytes);
    overwrite(files().at(0), bytes);
  }
  SegmentStats stats() { return spool_->stats().segments; }
  std::string damaged(std::uint64_t offset) {
    return content(settings_.folder / "damaged" / (segment_name(1) + "-" + std::to_string(offset)));
  }
};

TEST_F(RecoveryTest, CutsATornTail) {
  keep_rows(3);
  change([](std::string& bytes) { bytes.resize(bytes.size() - 3); });
  EXPECT_EQ(left(), rows({0, 1}));
  EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(2));
  EXPECT_EQ(stats().torn_bytes, 27u);
  EXPECT_EQ(stats().damages, 0u);
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

// Three rows in the first segment, two in the second, whose header says where the first ends.
class LastRowsTest : public RecoveryTest {
 protected:
  LastRowsTest() { settings_.limits.segment_bytes = begin_of(3); }
  // As a file that was used before: what follows the last row need not be zeros.
  static void reuse(std::string& bytes) {
    bytes.replace(0, kSegmentHeaderBytes, segment_header(1, kFormatVersion, true));
  }
  std::size_t damages_found_by_verify() {
    const auto found = inspect(disk_, settings_.folder, true);
    EXPECT_TRUE(found);
    return found ? found->damages.size() : 0;
  }
};

TEST_F(LastRowsTest, AreCountedAsDamageWhenTheyCannotBeRead) {
  keep_rows(5);
  change([](std::string& bytes) {
    reuse(bytes);
    bytes[begin_of(2)] ^= 1;
  });
  EXPECT_EQ(damages_found_by_verify(), 1u);
  EXPECT_EQ(left(), rows({0, 1, 3, 4}));
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(damaged(begin_of(2)).size(), 30u);
}

TEST_F(LastRowsTest, AreCountedAsDamageWhenTheFileIsShorter) {
  for (const std::uint64_t bytes_left : {begin_of(2) + 7, begin_of(2)}) {
    std::filesystem::remove_all(settings_.folder);
    keep_rows(5);
    change([&](std::string& bytes) { bytes.resize(bytes_left); });
    EXPECT_EQ(damages_found_by_verify(), 1u);
    EXPECT_EQ(left(), rows({0, 1, 3, 4}));
    EXPECT_EQ(stats().damages, 1u);
    EXPECT_EQ(damaged(begin_of(2)).size(), bytes_left - begin_of(2));
  }
}

TEST_F(LastRowsTest, AreAllThatIsReadOfAFileThatWasNotCutBehindThem) {
  keep_rows(5);
  change([](std::string& bytes) {
    reuse(bytes);
    bytes += bytes.substr(begin_of(0), 30) + "what it held before";
  });
  EXPECT_EQ(damages_found_by_verify(), 0u);
  EXPECT_EQ(left(), rows({0, 1, 2, 3, 4}));
  EXPECT_EQ(stats().damages, 0u);
  EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(3));
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
  change([](std::string& bytes) { bytes.replace(0, 64, segment_header(1, 2)); });
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kRefused);
  EXPECT_THAT(opened.error().message, HasSubstr(segment_name(1) + " has format version 2"));
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
      ASSERT_EQ(spool_->append(kept.back(), {}), Appended::kWaiting);
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
