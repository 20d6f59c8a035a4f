#include <chrono>
#include <cstdint>
#include <string>

#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

TEST_F(SpoolTest, WritesTheRowsThatComeDuringASyncTogether) {
  start();
  ASSERT_EQ(keep("first"), Outcome::kKept);
  const auto syncs = disk_.count("sync ");
  std::atomic<bool> once{true};
  disk_.on_sync([&] {
    if (!once.exchange(false)) return;
    for (std::uint64_t i = 0; i < 100; ++i) {
      ASSERT_EQ(spool_->append("more", {this, 1000 + i}), Appended::kWaiting);
    }
  });
  ASSERT_EQ(keep("second"), Outcome::kKept);
  spool_->stop();
  EXPECT_EQ(disk_.count("sync "), syncs + 2);
  EXPECT_EQ(left().size(), 102u);
}

class FastRowsTest : public SpoolTest {
 protected:
  FastRowsTest() {
    settings_.fast_rows = 0;
    settings_.gather_min = settings_.gather_max = std::chrono::hours(1);
  }
  // Tickets from `first` on.
  void append(std::uint64_t first, std::uint64_t rows) {
    for (std::uint64_t i = 0; i < rows; ++i) {
      ASSERT_EQ(spool_->append("row", {this, first + i}), Appended::kWaiting);
    }
  }
};

TEST_F(FastRowsTest, AreWrittenTogetherWhenTheirTurnEnds) {
  start();
  append(1, 20);
  spool_->turn_ended();
  EXPECT_EQ(outcome_of(20), Outcome::kKept);
  append(21, 30);
  spool_->turn_ended();
  EXPECT_EQ(outcome_of(50), Outcome::kKept);
  const auto groups = spool_->stats().group_rows;
  EXPECT_EQ(groups.count(), 2u);
  EXPECT_EQ(groups.sum, 50u);
}

TEST_F(FastRowsTest, DoNotWaitLongForATurnToEnd) {
  settings_.gather_min = settings_.gather_max = std::chrono::milliseconds(1);
  start();
  EXPECT_EQ(keep("one"), Outcome::kKept);
  EXPECT_EQ(keep("two"), Outcome::kKept);
}

TEST_F(FastRowsTest, WaitForOthersAShortTimeWhenTheyAreFew) {
  settings_.gather_min = std::chrono::milliseconds(1);
  start();
  append(1, 20);
  spool_->turn_ended();
  EXPECT_EQ(outcome_of(20), Outcome::kKept);
  append(21, 1);
  spool_->turn_ended();
  EXPECT_EQ(outcome_of(21), Outcome::kKept);
}

TEST_F(FastRowsTest, DoNotWaitWhenThatTimeIsOver) {
  settings_.gather_min = std::chrono::microseconds(1);
  start();
  append(1, 20);
  spool_->turn_ended();
  EXPECT_EQ(outcome_of(20), Outcome::kKept);
  for (std::uint64_t ticket = 21; ticket < 60; ++ticket) {
    append(ticket, 1);
    spool_->turn_ended();
    EXPECT_EQ(outcome_of(ticket), Outcome::kKept);
  }
}

TEST_F(FastRowsTest, DoNotWaitWhenTheyAreAllThatIsInFlight) {
  start();
  for (std::uint64_t ticket = 1; ticket <= 3; ++ticket) {
    append(ticket, 1);
    spool_->turn_ended();
    EXPECT_EQ(outcome_of(ticket), Outcome::kKept);
  }
}

TEST_F(FastRowsTest, AreWrittenAtOnceWhenTheyAreLarge) {
  start();
  EXPECT_EQ(keep(std::string(1024 * 1024, 'x')), Outcome::kKept);
}

}  // namespace
}  // namespace rs::spool
