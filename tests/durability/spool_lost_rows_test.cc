// The last rows of a segment, or of the spool, are gone: that is damage, and no end.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "durability/recovery_fixture.h"
#include "spool/segment_header.h"

namespace rs::spool {
namespace {

using ::testing::IsEmpty;

// Three rows in the first segment, two in the second, whose header says where the first ends.
class LastRowsTest : public RecoveryTest {
 protected:
  LastRowsTest() { settings_.limits.segment_bytes = begin_of(3); }
  // As a file that was used before: what follows the last row need not be zeros.
  static void reuse(std::string& bytes) {
    bytes.replace(0, kSegmentHeaderBytes, segment_header(1, kFormatVersion, true));
  }
  std::vector<Inspection::Damage> found_by_verify() {
    const auto found = inspect(disk_, settings_.folder, true);
    EXPECT_TRUE(found);
    return found ? found->damages : std::vector<Inspection::Damage>();
  }
};

TEST_F(LastRowsTest, AreCountedAsDamageWhenTheyCannotBeRead) {
  keep_rows(5);
  change([](std::string& bytes) {
    reuse(bytes);
    bytes[begin_of(2)] ^= 1;
  });
  EXPECT_EQ(found_by_verify().size(), 1u);
  EXPECT_EQ(left(), rows({0, 1, 3, 4}));
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(lost_, 1u);
  EXPECT_EQ(damaged(begin_of(2)).size(), 30u);
}

TEST_F(LastRowsTest, AreCountedAsDamageWhenTheFileIsShorter) {
  for (const std::uint64_t bytes_left : {begin_of(2) + 7, begin_of(2)}) {
    std::filesystem::remove_all(settings_.folder);
    keep_rows(5);
    change([&](std::string& bytes) { bytes.resize(bytes_left); });
    EXPECT_EQ(found_by_verify().size(), 1u);
    EXPECT_EQ(left(), rows({0, 1, 3, 4}));
    EXPECT_EQ(stats().damages, 1u);
    EXPECT_EQ(lost_, 1u);
    EXPECT_EQ(damaged(begin_of(2)).size(), bytes_left - begin_of(2));
  }
}

TEST_F(LastRowsTest, AreAllThatIsReadOfAFileThatWasNotCutBehindThem) {
  keep_rows(5);
  change([](std::string& bytes) {
    reuse(bytes);
    bytes += bytes.substr(begin_of(0), 30) + "what it held before";
  });
  EXPECT_EQ(found_by_verify().size(), 0u);
  EXPECT_EQ(left(), rows({0, 1, 2, 3, 4}));
  EXPECT_EQ(stats().damages, 0u);
  EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(3));
}

// Five rows in one segment, of which the last ones are then gone.
struct Loss {
  const char* name;
  std::uint64_t bytes_left;  // Of the file,
  std::uint64_t zeros;       // of which so many are zeros at the end.
  int rows_left;
};

class LostTail : public LastRowsTest, public testing::WithParamInterface<Loss> {
 protected:
  LostTail() { settings_.limits.segment_bytes = kSegmentBytes; }
  void lose() {
    change([](std::string& bytes) {
      const auto& [name, bytes_left, zeros, rows_left] = GetParam();
      bytes.resize(bytes_left);
      std::fill(bytes.end() - static_cast<std::ptrdiff_t>(zeros), bytes.end(), '\0');
    });
  }
  // Of the file as it was when it was lost, from the first row that is gone on.
  void expect_said_counted_and_kept() {
    const auto whole = content(files().at(0));
    const auto gone = static_cast<std::uint64_t>(5 - GetParam().rows_left);
    const auto begin = begin_of(GetParam().rows_left);
    const auto found = found_by_verify();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].begin, begin);
    EXPECT_EQ(found[0].end, begin_of(5));
    Rows expected;
    for (int i = 0; i < GetParam().rows_left; ++i) expected.push_back(row(i));
    EXPECT_EQ(left(), expected);
    EXPECT_EQ(lost_, gone);
    EXPECT_EQ(stats().damages, 1u);
    EXPECT_EQ(stats().torn_bytes, 0u);
    EXPECT_EQ(damaged(begin), begin < whole.size() ? whole.substr(begin, begin_of(5) - begin) : "");
  }
};

TEST_P(LostTail, IsDamageAfterAStopAndAPowerCut) {
  keep_rows(5);
  disk_.cut_power();
  lose();
  expect_said_counted_and_kept();
}

TEST_P(LostTail, IsDamageAfterAKill) {
  start();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
  kill();
  lose();
  expect_said_counted_and_kept();
}

TEST_P(LostTail, IsDamageAfterAPowerCutASecondLater) {
  settings_.end_age = std::chrono::milliseconds(1);
  start();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
  ASSERT_TRUE(end_becomes_durable());
  kill();
  disk_.cut_power();
  lose();
  expect_said_counted_and_kept();
}

INSTANTIATE_TEST_SUITE_P(Each, LostTail,
                         testing::Values(Loss{"the_last_byte", 64 + 5 * 30 - 1, 0, 4},
                                         Loss{"the_last_row", 64 + 4 * 30, 0, 4},
                                         Loss{"all_rows", 64, 0, 0},
                                         Loss{"zeros_over_two_rows", 64 + 5 * 30, 60, 3},
                                         Loss{"zeros_from_within_a_row", 64 + 5 * 30, 65, 2},
                                         Loss{"cut_and_zeros", 64 + 4 * 30, 30, 3}),
                         [](const auto& loss) { return std::string(loss.param.name); });

TEST_F(LastRowsTest, AreMissingWithTheirFile) {
  keep_rows(5);
  std::filesystem::remove(files().at(1));
  const auto found = found_by_verify();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].file, segment_name(2));
  EXPECT_EQ(found[0].kind, "missing");
  EXPECT_EQ(left(), rows({0, 1, 2}));
  EXPECT_EQ(stats().damages, 1u);
  EXPECT_EQ(lost_, 2u);
  start();
  EXPECT_EQ(keep("new"), Outcome::kKept);
  EXPECT_EQ(end().segment, 3u) << "its number is not used again";
}

TEST_F(LastRowsTest, AreNotMissedOnceTheyAreDelivered) {
  keep_rows(5);
  start();
  spool_->consumed({2, begin_of(2)});
  spool_->stop();
  EXPECT_THAT(found_by_verify(), IsEmpty());
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_EQ(stats().damages, 0u);
}

}  // namespace
}  // namespace rs::spool
