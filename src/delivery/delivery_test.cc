#include "delivery/delivery.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "delivery/delivery_fixture.h"
#include "delivery/replay.h"

namespace rs::delivery {
namespace {

TEST_F(DeliveryTest, SettlesAPromiseOnlyAfterTheSinkHasTheRow) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.linger = 1h});
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row("a"), {&mailbox_, 7}), Accepted::kHeld);
  sink.wait_for_writes(1);
  EXPECT_EQ(delivery.stats().accounting.held, 1u);
  EXPECT_EQ(delivery.stats().accounting.delivered, 0u);
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"a"});
  const auto settled = mailbox_.wait_for(1);
  EXPECT_EQ(settled[0].ticket, 7u);
  EXPECT_EQ(settled[0].outcome, Outcome::kKept);
  EXPECT_EQ(delivery.stats().accounting.delivered, 1u);
}

TEST_F(DeliveryTest, GathersTheRowsThatComeWhileTheSinkIsBusyIntoOneBatch) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.linger = 1h});
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row("a"), {&mailbox_, 1}), Accepted::kHeld);
  sink.wait_for_writes(1);
  for (const char* row : {"b", "c", "d"}) {
    ASSERT_EQ(delivery.accept(row::one_row(row), {&mailbox_, 2}), Accepted::kHeld);
  }
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"a"});
  EXPECT_EQ(sink.end_write(), (std::vector<std::string>{"b", "c", "d"}));
  mailbox_.wait_for(4);
}

TEST_F(DeliveryTest, WritesABatchAgainUntilTheSinkTakesItAndKeepsTheOrder) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 1}, quick_);
  delivery.start();
  for (const char* row : {"a", "b"})
    ASSERT_EQ(delivery.accept(row::one_row(row), {}), Accepted::kHeld);
  EXPECT_EQ(sink.end_write(unavailable()), std::vector<std::string>{"a"});
  EXPECT_EQ(sink.end_write(unavailable()), std::vector<std::string>{"a"});
  EXPECT_FALSE(delivery.stats().ready);
  EXPECT_EQ(delivery.stats().trouble, "down");
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"a"});
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"b"});
  delivery.stop(Clock::time_point::max());
  EXPECT_EQ(delivery.stats().retries, 2u);
  EXPECT_EQ(delivery.stats().accounting.delivered, 2u);
}

TEST_F(DeliveryTest, RepeatsFailedBatchesInOrderBeforeAnythingNew) {
  ManualSink sink(2);
  Delivery delivery(sink, *letters_, {.batch_rows = 1}, quick_);
  delivery.start();
  for (const char* row : {"a", "b", "c"})
    ASSERT_EQ(delivery.accept(row::one_row(row), {}), Accepted::kHeld);
  sink.wait_for_writes(2);
  EXPECT_EQ(sink.end_write(unavailable()), std::vector<std::string>{"a"});
  EXPECT_EQ(sink.end_write(unavailable()), std::vector<std::string>{"b"});
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"a"});
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"b"});
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"c"});
  delivery.stop(Clock::time_point::max());
}

TEST_F(DeliveryTest, PausesOnceWhenBatchesFailTogether) {
  ManualSink sink(32);
  Delivery delivery(sink, *letters_, {.batch_rows = 1},
                    {.first = 1ms, .longest = 24h, .keep = 1ms});
  delivery.start();
  for (int i = 0; i < 32; ++i) ASSERT_EQ(delivery.accept(row::one_row("row"), {}), Accepted::kHeld);
  sink.wait_for_writes(32);
  for (int i = 0; i < 32; ++i) sink.end_write(unavailable());
  // Had each doubled the pause, this would take days.
  for (int i = 0; i < 32; ++i) sink.end_write();
  delivery.stop(Clock::time_point::max());
  EXPECT_EQ(delivery.stats().accounting.delivered, 32U);
}

TEST_F(DeliveryTest, KeepsARejectedRowAsADeadLetterAndTellsWhoWaits) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 2, .linger = 1h});
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row(row_named("good")), {}), Accepted::kHeld);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("bad")), {&mailbox_, 2}), Accepted::kHeld);
  sink.end_write(std::vector<sink::Rejected>{{1, "column x is too long"}});
  EXPECT_EQ(mailbox_.wait_for(1)[0].outcome, Outcome::kRejected);
  EXPECT_EQ(dead_letter_reasons(), std::vector<std::string>{"column x is too long"});
  const auto accounting = delivery.stats().accounting;
  EXPECT_EQ(accounting.delivered, 1u);
  EXPECT_EQ(accounting.dead_lettered, 1u);
  EXPECT_TRUE(accounting.adds_up());
}

TEST_F(DeliveryTest, KeepsAWholeBatchThatTheSinkWillNeverTake) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 2, .linger = 1h});
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row(row_named("a")), {}), Accepted::kHeld);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("b")), {&mailbox_, 1}), Accepted::kHeld);
  sink.end_write(fail(ErrorCode::kRefused, "permission denied"));
  EXPECT_EQ(mailbox_.wait_for(1)[0].outcome, Outcome::kRejected);
  EXPECT_EQ(dead_letter_reasons().size(), 2u);
}

TEST_F(DeliveryTest, RefusesWhenFullAndTakesRowsAgainWhenTheSinkResumes) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 2, .held_rows = 4}, quick_);
  delivery.start();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(delivery.accept(row::one_row("row"), {}), Accepted::kHeld);
  EXPECT_EQ(delivery.accept(row::one_row("row"), {}), Accepted::kFull);
  EXPECT_TRUE(delivery.full());
  const auto stats = delivery.stats();
  EXPECT_EQ(stats.accounting.refused[static_cast<std::size_t>(Refused::kQueueFull)], 1u);
  EXPECT_EQ(stats.accounting.held, 4u);
  EXPECT_TRUE(stats.accounting.adds_up());
  sink.end_write();
  sink.wait_for_writes(1);  // The second batch: the first is no longer held.
  EXPECT_EQ(delivery.accept(row::one_row("row"), {}), Accepted::kHeld);
  sink.end_write();
  auto stopped = std::async([&] { delivery.stop(Clock::time_point::max()); });
  sink.end_write();
  stopped.get();
  EXPECT_EQ(delivery.stats().accounting.delivered, 5u);
}

// Rows of one request.
std::vector<std::string_view> views(const std::vector<std::string>& rows) {
  return {rows.begin(), rows.end()};
}

// What the parts of a promise come to.
struct Sum {
  std::uint32_t parts = 0;
  Outcome outcome = Outcome::kKept;

  explicit Sum(const std::vector<Settlement>& settlements) {
    for (const auto& settlement : settlements) {
      parts += settlement.parts;
      outcome = worse_of(outcome, settlement.outcome);
    }
  }
};

TEST_F(DeliveryTest, SettlesAPartOfItsPromiseForEachRowOfARequest) {
  struct Case {
    std::vector<sink::Rejected> rejected;  // Of the second batch.
    Outcome outcome;
  };
  for (const auto& [rejected, outcome] :
       {Case{{}, Outcome::kKept}, Case{{{1, "bad row"}}, Outcome::kRejected}}) {
    ManualSink sink(2);
    MemoryMailbox mailbox;
    Delivery delivery(sink, *letters_, {.batch_rows = 2}, quick_);
    delivery.start();
    const std::vector<std::string> rows = {row_named("a"), row_named("b"), row_named("c"),
                                           row_named("d")};
    ASSERT_EQ(delivery.accept(views(rows), {&mailbox, 5}), Accepted::kHeld);
    sink.wait_for_writes(2);
    sink.end_write();
    EXPECT_EQ(Sum(mailbox.wait_for(1)).parts, 2u);
    sink.end_write(rejected);
    const Sum sum(mailbox.wait_for(2));
    EXPECT_EQ(sum.parts, 4u);
    EXPECT_EQ(sum.outcome, outcome);
    const auto accounting = delivery.stats().accounting;
    EXPECT_EQ(accounting.received, 4u);
    EXPECT_EQ(accounting.delivered, 4u - rejected.size());
    EXPECT_TRUE(accounting.adds_up());
  }
}

TEST_F(DeliveryTest, RefusesAllRowsOfARequestThatDoNotAllFitAndCountsEach) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 1, .held_rows = 4}, quick_);
  delivery.start();
  const std::vector<std::string> rows = {"a", "b", "c"};
  ASSERT_EQ(delivery.accept(views(rows), {}), Accepted::kHeld);
  EXPECT_EQ(delivery.accept(views(rows), {&mailbox_, 1}), Accepted::kFull);
  const auto accounting = delivery.stats().accounting;
  EXPECT_EQ(accounting.received, 6u);
  EXPECT_EQ(accounting.held, 3u);
  EXPECT_EQ(accounting.refused[static_cast<std::size_t>(Refused::kQueueFull)], 3u);
  EXPECT_TRUE(accounting.adds_up());
}

TEST_F(DeliveryTest, RefusesEveryRowOfARequestThatIsWaitedForWhenTimeIsUp) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 4, .linger = 1h}, quick_);
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row(row_named("promised")), {}), Accepted::kHeld);
  const std::vector<std::string> rows = {row_named("a"), row_named("b")};
  ASSERT_EQ(delivery.accept(views(rows), {&mailbox_, 3}), Accepted::kHeld);
  delivery.stop(Clock::now());
  const Sum sum(mailbox_.wait_for(1));
  EXPECT_EQ(sum.parts, 2u);
  EXPECT_EQ(sum.outcome, Outcome::kRefused);
  EXPECT_EQ(dead_letter_reasons().size(), 1u) << "of the row that nobody waits for";
  EXPECT_EQ(delivery.stats().accounting.refused[static_cast<std::size_t>(Refused::kStopping)], 2u);
}

TEST_F(DeliveryTest, StartsWithoutASinkThatIsOnlyDown) {
  ManualSink sink;
  sink.fail_open({ErrorCode::kUnavailable, "no route"});
  sink.fail_open({ErrorCode::kUnavailable, "no route"});
  Delivery delivery(sink, *letters_, {.batch_rows = 1}, quick_);
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row("early"), {}), Accepted::kHeld);
  sink.wait_for_opened(3);
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"early"});
}

TEST_F(DeliveryTest, KeepsWhatWasPromisedAndRefusesWhatIsWaitedForWhenTimeIsUp) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 1}, quick_);
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row(row_named("promised")), {}), Accepted::kHeld);
  sink.wait_for_writes(1);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("also promised")), {}), Accepted::kHeld);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("waited for")), {&mailbox_, 3}),
            Accepted::kHeld);
  delivery.stop(Clock::now() + 10ms);
  EXPECT_EQ(mailbox_.wait_for(1)[0].outcome, Outcome::kRefused);
  EXPECT_EQ(dead_letter_reasons().size(), 2u);
  const auto accounting = delivery.stats().accounting;
  EXPECT_EQ(accounting.dead_lettered, 2u);
  EXPECT_EQ(accounting.held, 0u);
  EXPECT_TRUE(accounting.adds_up());
  EXPECT_EQ(delivery.accept(row::one_row("late"), {}), Accepted::kStopping);
  EXPECT_TRUE(delivery.stats().accounting.adds_up());
}

TEST_F(DeliveryTest, PausesForAnyPartOfTheTimeSoThatServersDoNotComeBackTogether) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 1},
                    {.first = 40ms, .longest = 40ms, .keep = 1ms});
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row("row"), {}), Accepted::kHeld);
  std::vector<Clock::duration> pauses;
  for (int i = 0; i < 12; ++i) {
    sink.wait_for_writes(1);
    const auto failed = Clock::now();
    sink.end_write(unavailable());
    sink.wait_for_writes(1);
    pauses.push_back(Clock::now() - failed);
  }
  sink.end_write();
  const auto [shortest, longest] = std::minmax_element(pauses.begin(), pauses.end());
  EXPECT_GE(*longest - *shortest, 5ms);
}

TEST_F(DeliveryTest, AddsUpAtEveryMomentUnderLoad) {
  constexpr int kProducers = 4, kRowsEach = 5'000;
  ManualSink sink(4);
  Delivery delivery(sink, *letters_, {.batch_rows = 64, .linger = 1ms, .held_rows = 512}, quick_);
  delivery.start();
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      sink::WriteResult result;
      if (i % 7 == 0) result = unavailable();
      if (i % 11 == 0) result = std::vector<sink::Rejected>{{0, "bad row"}};
      while (!done && !sink.end_any_write(result)) std::this_thread::yield();
    }
  });
  std::thread scraper([&] {
    while (!done) ASSERT_TRUE(delivery.stats().accounting.adds_up());
  });
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&] {
      for (int i = 0; i < kRowsEach;) {
        if (delivery.accept(row::one_row("row"), {}) == Accepted::kHeld) ++i;
      }
    });
  }
  for (auto& producer : producers) producer.join();
  delivery.stop(Clock::time_point::max());
  done = true;
  scraper.join();
  writer.join();
  const auto accounting = delivery.stats().accounting;
  EXPECT_EQ(accounting.delivered + accounting.dead_lettered, 1u * kProducers * kRowsEach);
  EXPECT_EQ(accounting.held, 0u);
  EXPECT_EQ(accounting.dead_lettered, dead_letter_reasons().size());
}

TEST_F(DeliveryTest, ReplaysDeadLettersAndForgetsThemOnlyOnceTheyAreWritten) {
  ManualSink sink;
  const std::string row = row_named("again");
  const DeadLetter letter{row, "schema", 1};
  ASSERT_TRUE(letters_->append("manual", {&letter, 1}));
  ASSERT_TRUE(letters_->set_aside().value());
  Delivery delivery(sink, *letters_, {}, quick_);
  delivery.start();
  Replay replay(*letters_, delivery);
  auto replayed = std::async([&] { return replay.run(); });
  sink.wait_for_writes(1);
  EXPECT_EQ(letters_->set_aside_files().size(), 1u);
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{row});
  EXPECT_EQ(replayed.get()->delivered, 1u);
  EXPECT_TRUE(letters_->set_aside_files().empty());
  EXPECT_TRUE(dead_letter_reasons().empty());
}

}  // namespace
}  // namespace rs::delivery
