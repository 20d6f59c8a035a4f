#include <cerrno>
#include <cstring>
#include <random>

#include <gmock/gmock.h>

#include "spool/segment_header.h"
#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Rows = std::vector<std::string>;

struct Failure {
  const char* call;
  int error;
};

class DiskFailure : public SpoolTest, public testing::WithParamInterface<Failure> {};

// Each call of the way, failing for a while between two rows: the second is refused, nothing is
// acknowledged that is not kept, and a third row is taken without a restart.
TEST_P(DiskFailure, RefusesRowsUntilItIsOver) {
  settings_.limits.segment_bytes = 100;  // One row a segment: every call is made for each.
  start();
  ASSERT_EQ(keep("first row of the spool, of which one fits into a file"), Outcome::kKept);
  disk_.fail(GetParam().call, GetParam().error);
  EXPECT_EQ(keep("second row of the spool, of which one fits into a file"), Outcome::kRefused);
  EXPECT_EQ(refused_, 1u);
  EXPECT_TRUE(spool_->is_refusing());
  const auto again = spool_->append(one("at once"), {});
  EXPECT_TRUE(again == Appended::kFailing || again == Appended::kFull);
  EXPECT_THAT(spool_->stats().trouble, HasSubstr(std::strerror(GetParam().error)));
  const auto tries = disk_.count("space");
  ASSERT_TRUE(eventually([&] { return disk_.count("space") >= tries + 3; }));
  EXPECT_TRUE(spool_->is_refusing()) << "it was tried again meanwhile";
  EXPECT_EQ(spool_->stats().failures, 1u) << "one failure, said once";

  disk_.fail(GetParam().call, 0);
  keep_at_last("third row of the spool, of which one fits into a file");
  EXPECT_FALSE(spool_->is_refusing());
  EXPECT_THAT(spool_->stats().trouble, IsEmpty());
  spool_->stop();
  EXPECT_EQ(left(), (Rows{"first row of the spool, of which one fits into a file",
                          "third row of the spool, of which one fits into a file"}));
}

INSTANTIATE_TEST_SUITE_P(Each, DiskFailure,
                         testing::Values(Failure{"space", EIO}, Failure{"create", ENOSPC},
                                         Failure{"create", EROFS}, Failure{"create", EMFILE},
                                         Failure{"allocate", ENOSPC}, Failure{"allocate", EDQUOT},
                                         Failure{"write", ENOSPC}, Failure{"write", EIO},
                                         Failure{"write", EROFS}, Failure{"sync", EIO},
                                         Failure{"sync", ENOSPC}, Failure{"sync_folder", EIO}),
                         [](const auto& failure) {
                           return std::string(failure.param.call) + "_" +
                                  strerrorname_np(failure.param.error);
                         });

TEST_F(SpoolTest, NeverSyncsAgainWhatFailedToSync) {
  start();
  ASSERT_EQ(keep("first"), Outcome::kKept);
  disk_.fail("sync", EIO);
  EXPECT_EQ(keep("second"), Outcome::kRefused);
  const auto failed = disk_.calls().size();
  disk_.fail("sync", 0);
  keep_at_last("third");
  const auto calls = disk_.calls();
  for (auto i = failed; i < calls.size(); ++i) {
    EXPECT_NE(calls[i], "sync " + segment_name(1)) << "the segment of the failure is done with";
  }
  spool_->stop();
  disk_.cut_power();
  EXPECT_EQ(left(), (Rows{"first", "third"}));
}

TEST_F(SpoolTest, FindsADiskThatFailsFromTheStart) {
  disk_.fail("allocate", ENOSPC);
  start();
  ASSERT_TRUE(eventually([&] { return spool_->is_refusing(); }));
  EXPECT_EQ(spool_->append(one("row"), {}), Appended::kFailing);
  disk_.fail("allocate", 0);
  keep_at_last("row");
}

TEST_F(SpoolTest, IsFullAtItsLimitAndTakesRowsAgainWhenSomeAreConsumed) {
  settings_.limits = {.max_bytes = 10'000, .segment_bytes = 1000};
  start();
  std::size_t kept = 0;
  const std::string row(400, 'x');
  while (keep(row) == Outcome::kKept) ++kept;
  EXPECT_EQ(kept, 22u) << "eleven files of 904 bytes";
  EXPECT_EQ(spool_->append(one(row), {}), Appended::kFull);
  EXPECT_THAT(spool_->stats().trouble, HasSubstr("SPOOL__MAX_BYTES"));
  EXPECT_LE(spool_->stats().segments.bytes, 10'000u);
  spool_->consumed({3, 64});
  keep_at_last(row);
}

TEST_F(SpoolTest, SaysOnceThatItIsFullThoughThereIsRoomForALittle) {
  settings_.limits = {.max_bytes = 10'100, .segment_bytes = 1000};
  start();
  const std::string row(400, 'x');
  while (keep(row) == Outcome::kKept) {
  }
  const auto tries = disk_.count("space");
  ASSERT_TRUE(eventually([&] { return disk_.count("space") >= tries + 3; }));
  EXPECT_EQ(spool_->stats().failures, 1u);
  EXPECT_TRUE(spool_->is_refusing());
  spool_->consumed({3, 64});
  keep_at_last(row);
}

TEST_F(SpoolTest, LeavesTheLastTwentiethOfTheDiskFree) {
  disk_.set_space({.total = 100'000'000, .available = 5'000'050});
  start();
  ASSERT_TRUE(eventually([&] { return spool_->is_refusing(); }));
  EXPECT_EQ(spool_->append(one("row"), {}), Appended::kFull);
  disk_.set_space({.total = 100'000'000, .available = 6'000'000});
  keep_at_last("row");
  EXPECT_LE(spool_->stats().segments.bytes, 1'000'000u);
}

// A group is written with the bytes before it in its first block, which hold rows that were kept.
TEST_F(SpoolTest, KeepsWhatWasKeptThoughOnlySomeSectorsOfTheNextGroupReachedTheDisk) {
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    std::filesystem::remove_all(settings_.folder);
    start();
    Rows kept;
    for (int row = 0; row < 30; ++row) {
      kept.push_back(std::string(100, 'k') + std::to_string(row));
      ASSERT_EQ(keep(kept.back()), Outcome::kKept);
    }
    disk_.fail("sync", EIO);
    disk_.fail("truncate", EIO);
    EXPECT_EQ(keep(std::string(20'000, 'x')), Outcome::kRefused);
    spool_->stop();
    disk_.cut_power([&] { return random() % 2 == 0; });
    disk_.fail("sync", 0);
    disk_.fail("truncate", 0);
    EXPECT_EQ(left(), kept) << i;
    EXPECT_GT(spool_->stats().segments.torn_bytes, 0u);
  }
}

TEST_F(SpoolTest, AcknowledgesNothingWhileASyncIsSlow) {
  start();
  ASSERT_EQ(keep("first"), Outcome::kKept);
  std::atomic<bool> syncing{false}, go_on{false};
  disk_.on_sync([&] {
    syncing = true;
    while (!go_on) std::this_thread::yield();
  });
  ASSERT_EQ(spool_->append(one("second"), {this, 77}), Appended::kWaiting);
  while (!syncing) std::this_thread::yield();
  ASSERT_EQ(spool_->append(one("third"), {this, 78}), Appended::kWaiting);
  {
    const MutexLock lock(mutex_);
    EXPECT_EQ(outcomes_.size(), 1u);
  }
  go_on = true;
  spool_->stop();
  EXPECT_EQ(outcomes_.size(), 3u);
}

}  // namespace
}  // namespace rs::spool
