#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

TEST_F(SpoolTest, WritesTheRowsThatComeDuringASyncTogether) {
  start();
  ASSERT_EQ(keep("first"), Outcome::kKept);
  const auto syncs = disk_.count("sync 0");
  std::atomic<bool> once{true};
  disk_.on_sync([&] {
    if (!once.exchange(false)) return;
    for (std::uint64_t i = 0; i < 100; ++i) {
      ASSERT_EQ(spool_->append(one("more"), {this, 1000 + i}), Appended::kWaiting);
    }
  });
  ASSERT_EQ(keep("second"), Outcome::kKept);
  spool_->stop();
  EXPECT_EQ(disk_.count("sync 0"), syncs + 2);
  EXPECT_EQ(left().size(), 102u);
}

// The spool's thread does the same whether it sleeps, or has yet to look, when rows come; which it
// is a test cannot choose. So each case is tried many times.
constexpr std::uint64_t kTurns = 100;

class FastRowsTest : public SpoolTest {
 protected:
  FastRowsTest() {
    settings_.fast_rows = 0;
    settings_.gather_min = settings_.gather_max = std::chrono::hours(1);
  }

  void append(std::uint64_t rows) {
    for (std::uint64_t i = 0; i < rows; ++i) {
      ASSERT_EQ(spool_->append(one("row"), {this, ++tickets_}), Appended::kWaiting);
    }
  }
  // Gives the spool's thread time to do something wrong.
  void dawdle() {
    for (int i = 0; i < 10; ++i) std::this_thread::yield();
  }
  // What becomes of the last row of a turn.
  Outcome keep_turn(std::uint64_t rows) {
    append(rows);
    const auto last = tickets_;
    spool_->turn_ended();
    return outcome_of(last);
  }
  void expect_groups(std::uint64_t count) {
    const auto groups = spool_->stats().group_rows;
    EXPECT_EQ(groups.count(), count);
    EXPECT_EQ(groups.sum, tickets_);
  }
  // Behind a first group: the rows of a turn wait for those of the next.
  void expect_one_group_of(std::uint64_t first, std::uint64_t second) {
    for (std::uint64_t i = 0; i < kTurns; ++i) {
      append(first);
      spool_->turn_ended();
      dawdle();
      EXPECT_EQ(keep_turn(second), Outcome::kKept);
    }
    expect_groups(1 + kTurns);
  }
};

TEST_F(FastRowsTest, AreWrittenTogetherWhenTheirTurnEnds) {
  start();
  for (std::uint64_t i = 0; i < kTurns; ++i) {
    append(20);
    dawdle();
    EXPECT_EQ(keep_turn(20), Outcome::kKept);
  }
  expect_groups(kTurns);
}

TEST_F(FastRowsTest, WaitForTheEndOfTheirOwnTurn) {
  start();
  std::atomic<bool> during_sync{false};
  disk_.on_sync([&] {
    if (during_sync.exchange(false)) append(20);
  });
  EXPECT_EQ(keep_turn(20), Outcome::kKept);  // The first segment is synced before any row.
  for (std::uint64_t i = 0; i < kTurns; ++i) {
    during_sync = true;
    EXPECT_EQ(keep_turn(20), Outcome::kKept);
    end();
    dawdle();
    EXPECT_EQ(keep_turn(20), Outcome::kKept);
  }
  expect_groups(1 + 2 * kTurns);
}

TEST_F(FastRowsTest, DoNotWaitLongForATurnToEnd) {
  settings_.gather_min = settings_.gather_max = std::chrono::milliseconds(1);
  start();
  EXPECT_EQ(keep("one"), Outcome::kKept);
  EXPECT_EQ(keep("two"), Outcome::kKept);
}

TEST_F(FastRowsTest, WaitForOthersWhenTheyAreFew) {
  start();
  EXPECT_EQ(keep_turn(20), Outcome::kKept);
  expect_one_group_of(5, 15);
}

TEST_F(FastRowsTest, WaitForAsManyAsWereInFlightWhenTheyAreMany) {
  settings_.gather_min = std::chrono::microseconds(1);
  start();
  EXPECT_EQ(keep_turn(200), Outcome::kKept);
  expect_one_group_of(150, 50);
}

TEST_F(FastRowsTest, WaitForOthersOnlyAShortTime) {
  settings_.gather_min = std::chrono::milliseconds(1);
  start();
  EXPECT_EQ(keep_turn(20), Outcome::kKept);
  EXPECT_EQ(keep_turn(1), Outcome::kKept);
}

TEST_F(FastRowsTest, DoNotWaitWhenThatTimeIsOver) {
  settings_.gather_min = std::chrono::microseconds(1);
  start();
  for (std::uint64_t i = 0; i < kTurns; ++i) {
    EXPECT_EQ(keep_turn(20), Outcome::kKept);
    EXPECT_EQ(keep_turn(1), Outcome::kKept);
  }
}

TEST_F(FastRowsTest, DoNotWaitWhenTheyAreAllThatIsInFlight) {
  start();
  for (std::uint64_t i = 0; i < kTurns; ++i) EXPECT_EQ(keep_turn(1), Outcome::kKept);
}

TEST_F(FastRowsTest, AreWrittenAtOnceWhenHalfTheRoomIsTaken) {
  settings_.waiting_rows = 40;
  start();
  for (std::uint64_t i = 0; i < kTurns; ++i) {
    append(20);
    EXPECT_EQ(outcome_of(tickets_), Outcome::kKept);
  }
}

TEST_F(FastRowsTest, AreWrittenAtOnceWhenTheyAreLarge) {
  start();
  const std::string large(1024 * 1024, 'x');
  for (std::uint64_t i = 0; i < kTurns; ++i) EXPECT_EQ(keep(large), Outcome::kKept);
}

}  // namespace
}  // namespace rs::spool
