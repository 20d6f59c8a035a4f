#include "delivery/batcher.h"

#include <gtest/gtest.h>

namespace rs::delivery {
namespace {

using namespace std::chrono_literals;

class SilentMailbox final : public Mailbox {
 public:
  void post(std::span<const Settlement>) override {}
};

const Clock::time_point kStart{};

TEST(Batcher, ClosesABatchAtItsRows) {
  Batcher batcher({.batch_rows = 2});
  for (const char* row : {"a", "b", "c"}) ASSERT_TRUE(batcher.add(row::one_row(row), {}, kStart));
  const auto batch = batcher.take(kStart, false);
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->rows.size(), 2u);
  EXPECT_EQ(batch->rows[1], "b");
  EXPECT_EQ(batcher.take(kStart, false), nullptr);
}

TEST(Batcher, ClosesABatchBeforeItPassesItsBytes) {
  Batcher batcher({.batch_bytes = 10});
  ASSERT_TRUE(batcher.add(row::one_row("sixsix"), {}, kStart));
  ASSERT_TRUE(batcher.add(row::one_row("sixsix"), {}, kStart));
  const auto batch = batcher.take(kStart, false);
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->rows.bytes(), 6u);
}

TEST(Batcher, TakesARowLargerThanABatch) {
  Batcher batcher({.batch_bytes = 10});
  ASSERT_TRUE(batcher.add(row::one_row(std::string(100, 'x')), {}, kStart));
  EXPECT_EQ(batcher.take(kStart, false)->rows.size(), 1u);
}

TEST(Batcher, ReturnsALoneRowOnceItHasLingered) {
  Batcher batcher({.linger = 500ms});
  ASSERT_TRUE(batcher.add(row::one_row("a"), {}, kStart));
  EXPECT_EQ(batcher.due(), kStart + 500ms);
  EXPECT_EQ(batcher.take(kStart + 499ms, false), nullptr);
  EXPECT_NE(batcher.take(kStart + 500ms, false), nullptr);
}

TEST(Batcher, DoesNotLetARowLingerThatSomebodyWaitsFor) {
  SilentMailbox mailbox;
  Batcher batcher({.linger = 1h});
  ASSERT_TRUE(batcher.add(row::one_row("a"), {}, kStart));
  ASSERT_TRUE(batcher.add(row::one_row("b"), {&mailbox, 7}, kStart + 1ms));
  const auto batch = batcher.take(kStart + 1ms, false);
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->waiters.size(), 1u);
  EXPECT_EQ(batch->waiters[0].first, 1u);
  EXPECT_EQ(batch->waiters[0].promise.ticket, 7u);
}

TEST(Batcher, HandsOutWhatItHoldsWhenFlushed) {
  Batcher batcher({.linger = 1h});
  ASSERT_TRUE(batcher.add(row::one_row("a"), {}, kStart));
  EXPECT_NE(batcher.take(kStart, true), nullptr);
  EXPECT_EQ(batcher.due(), Clock::time_point::max());
}

TEST(Batcher, RefusesBeyondItsRowsUntilABatchIsGivenBack) {
  Batcher batcher({.batch_rows = 2, .held_rows = 2});
  ASSERT_TRUE(batcher.add(row::one_row("a"), {}, kStart));
  ASSERT_TRUE(batcher.add(row::one_row("b"), {}, kStart));
  EXPECT_FALSE(batcher.add(row::one_row("c"), {}, kStart));
  auto batch = batcher.take(kStart, false);
  EXPECT_FALSE(batcher.add(row::one_row("c"), {}, kStart)) << "a batch being written is still held";
  batcher.give_back(std::move(batch));
  EXPECT_TRUE(batcher.add(row::one_row("c"), {}, kStart));
  EXPECT_EQ(batcher.held_rows(), 1u);
}

TEST(Batcher, TakesAllRowsOfARequestOrNone) {
  const std::string_view rows[] = {"one", "two", "three"};
  Batcher few({.held_rows = 4});
  ASSERT_TRUE(few.add(rows, {}, kStart));
  EXPECT_FALSE(few.add(rows, {}, kStart)) << "one of them would fit";
  EXPECT_EQ(few.held_rows(), 3u);
  Batcher small({.held_bytes = 20});
  ASSERT_TRUE(small.add(rows, {}, kStart));
  EXPECT_FALSE(small.add(rows, {}, kStart)) << "one of them would fit";
  EXPECT_EQ(small.held_bytes(), 11u);
}

TEST(Batcher, KeepsOneWaiterForTheRowsOfARequestInEachOfItsBatches) {
  SilentMailbox mailbox;
  Batcher batcher({.batch_rows = 2});
  const std::string_view rows[] = {"b", "c", "d", "e"};
  ASSERT_TRUE(batcher.add(row::one_row("a"), {&mailbox, 1}, kStart));
  ASSERT_TRUE(batcher.add(rows, {&mailbox, 2}, kStart));
  struct Expected {
    std::uint64_t ticket;
    std::size_t first, rows;
  };
  for (const auto& expected :
       {std::vector<Expected>{{1, 0, 1}, {2, 1, 1}}, {{2, 0, 2}}, {{2, 0, 1}}}) {
    const auto batch = batcher.take(kStart, true);
    ASSERT_NE(batch, nullptr);
    ASSERT_EQ(batch->waiters.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(batch->waiters[i].promise.ticket, expected[i].ticket);
      EXPECT_EQ(batch->waiters[i].first, expected[i].first);
      EXPECT_EQ(batch->waiters[i].rows, expected[i].rows);
    }
  }
}

TEST(Batcher, RefusesBeyondItsBytes) {
  Batcher batcher({.held_bytes = 10});
  ASSERT_TRUE(batcher.add(row::one_row("sixsix"), {}, kStart));
  EXPECT_FALSE(batcher.full());
  EXPECT_FALSE(batcher.add(row::one_row("sixsix"), {}, kStart));
  EXPECT_TRUE(batcher.full());
  EXPECT_TRUE(batcher.add(row::one_row("four"), {}, kStart));
}

TEST(Batcher, WantsNoRowOfTheSpoolAfterALargeOneUntilThereIsMoreRoom) {
  Batcher batcher({.batch_rows = 1, .spooled_bytes = 100});
  const auto now = Clock::now();
  ASSERT_TRUE(batcher.add_spooled("a", {1, 64}, {1, 85}, 0, now));
  EXPECT_TRUE(batcher.wants_spooled());
  const std::string large(100, 'x');
  EXPECT_FALSE(batcher.add_spooled(large, {1, 85}, {1, 205}, 0, now));
  EXPECT_FALSE(batcher.wants_spooled());
  batcher.give_back(batcher.take(now, true));
  EXPECT_TRUE(batcher.wants_spooled());
  EXPECT_TRUE(batcher.add_spooled(large, {1, 85}, {1, 205}, 0, now));
}

TEST(Batcher, HoldsOnlyTheRowsThatABatchIsCutDownTo) {
  Batcher batcher({.batch_rows = 3, .held_rows = 3});
  for (const char* row : {"a", "bb", "ccc"})
    ASSERT_TRUE(batcher.add(row::one_row(row), {}, kStart));
  ASSERT_FALSE(batcher.add(row::one_row("d"), {}, kStart));
  auto batch = batcher.take(kStart, false);
  batcher.keep_only(*batch, std::vector<sink::Rejected>{{1, "bad"}});
  EXPECT_EQ(batch->rows.size(), 1u);
  EXPECT_EQ(batch->rows[0], "bb");
  EXPECT_EQ(batcher.held_rows(), 1u);
  EXPECT_EQ(batcher.held_bytes(), 2u);
  EXPECT_FALSE(batcher.full());
  EXPECT_TRUE(batcher.add(row::one_row("d"), {}, kStart));
  batcher.give_back(std::move(batch));
  EXPECT_EQ(batcher.held_rows(), 1u);
}

TEST(Batcher, PutsOnlyRowsThatLieSideBySideInTheSpoolIntoOneBatch) {
  struct Row {
    spool::Position begin, end;
  };
  Batcher batcher({.batch_rows = 100});
  const auto now = Clock::now();
  for (const Row& row : {Row{{1, 64}, {1, 100}}, Row{{1, 100}, {1, 200}},  // Then damage,
                         Row{{1, 300}, {1, 400}},                          // then a new segment.
                         Row{{2, 64}, {2, 164}}, Row{{2, 164}, {2, 264}}}) {
    ASSERT_TRUE(batcher.add_spooled("row", row.begin, row.end, 0, now));
  }
  std::vector<Row> batches;
  while (const auto batch = batcher.take(now, true)) batches.push_back({batch->begin, batch->end});
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_TRUE(batches[0].begin == (spool::Position{1, 64}) &&
              batches[0].end == (spool::Position{1, 200}));
  EXPECT_TRUE(batches[1].begin == (spool::Position{1, 300}) &&
              batches[1].end == (spool::Position{1, 400}));
  EXPECT_TRUE(batches[2].begin == (spool::Position{2, 64}) &&
              batches[2].end == (spool::Position{2, 264}));
}

}  // namespace
}  // namespace rs::delivery
