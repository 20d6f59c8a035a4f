#include <atomic>
#include <cerrno>
#include <fstream>
#include <future>

#include <gmock/gmock.h>

#include "delivery/delivery_fixture.h"
#include "delivery/replay.h"
#include "spool/faulty_disk.h"
#include "spool/segment_header.h"

namespace rs::delivery {
namespace {

using ::testing::ElementsAre;

using Rows = std::vector<std::string>;

class SpooledDelivery : public DeliveryTest {
 protected:
  // Another process on the same folder, with a sink of its own.
  void begin(BatchLimits limits = {.batch_rows = 1}, std::size_t window = 1, bool new_rows = true) {
    end();
    sink_ = std::make_unique<ManualSink>(window);
    spool_ = std::make_unique<spool::Spool>(settings_, disk_);
    ASSERT_TRUE(spool_->open());
    delivery_ = std::make_unique<Delivery>(*sink_, *letters_, limits, quick_,
                                           Spooling{spool_.get(), new_rows});
    delivery_->start();
  }
  void end() {
    if (delivery_ != nullptr) delivery_->stop(Clock::now());
    delivery_.reset();
    spool_.reset();
  }
  ~SpooledDelivery() override { end(); }

  // Until the row's promise is settled.
  Outcome keep(std::string_view row) {
    const auto ticket = ++tickets_;
    EXPECT_EQ(delivery_->accept(row::one_row(row), {&mailbox_, ticket}), Accepted::kHeld);
    for (const auto& settled : mailbox_.wait_for(ticket)) {
      if (settled.ticket == ticket) return settled.outcome;
    }
    return Outcome::kRefused;
  }
  Accounting accounting() {
    const auto now = delivery_->stats().accounting;
    EXPECT_TRUE(now.adds_up());
    return now;
  }
  void wait_until_held(std::uint64_t rows) {
    while (accounting().held != rows) std::this_thread::yield();
  }
  static spool::SpoolSettings settings_in(const std::filesystem::path& folder) {
    spool::SpoolSettings settings;
    settings.folder = folder;
    settings.try_again = 1ms;
    return settings;
  }
  // Waits until what the last process left has been found.
  void wait_until_recovered() {
    while (delivery_->stats().spool->segments.recovering) std::this_thread::yield();
  }

  spool::SpoolSettings settings_ = settings_in(folder_ / "spool");
  std::unique_ptr<ManualSink> sink_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<Delivery> delivery_;
  std::uint64_t tickets_ = 0;
};

TEST_F(SpooledDelivery, SettlesAPromiseWhenTheRowIsOnDiskAndCountsItAsHeld) {
  begin();
  EXPECT_EQ(keep("a"), Outcome::kKept);
  EXPECT_EQ(accounting().held, 1u);
  EXPECT_EQ(delivery_->stats().spooled_rows, 1u);
  EXPECT_EQ(sink_->end_write(), Rows{"a"});
  wait_until_held(0);
  EXPECT_EQ(accounting().delivered, 1u);
}

TEST_F(SpooledDelivery, DeliversAfterARestartWhatWasNot) {
  begin();
  for (const char* row : {"a", "b", "c"}) ASSERT_EQ(keep(row), Outcome::kKept);
  EXPECT_EQ(sink_->end_write(), Rows{"a"});
  sink_->wait_for_writes(1);
  begin();
  wait_until_recovered();
  EXPECT_EQ(accounting().received, 2u);
  EXPECT_EQ(delivery_->stats().recovered_rows, 2u);
  ASSERT_EQ(keep("new"), Outcome::kKept);
  for (const char* row : {"b", "c", "new"}) EXPECT_EQ(sink_->end_write(), Rows{row});
  wait_until_held(0);
  EXPECT_EQ(accounting().delivered, 3u);
  begin();
  wait_until_recovered();
  EXPECT_EQ(accounting().received, 0u);
}

TEST_F(SpooledDelivery, DeliversWhatWasLeftAlsoWhenNewRowsGoPastTheSpool) {
  begin();
  ASSERT_EQ(keep("spooled"), Outcome::kKept);
  sink_->wait_for_writes(1);
  begin({.batch_rows = 1}, 1, false);
  EXPECT_EQ(sink_->end_write(), Rows{"spooled"});
  const auto ticket = ++tickets_;
  ASSERT_EQ(delivery_->accept(row::one_row("direct"), {&mailbox_, ticket}), Accepted::kHeld);
  EXPECT_EQ(sink_->end_write(), Rows{"direct"});
  EXPECT_EQ(mailbox_.wait_for(ticket).back().outcome, Outcome::kKept);
  wait_until_held(0);
  end();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(settings_.folder), {}), 2)
      << "only the position and the end are left";
}

TEST_F(SpooledDelivery, NeverForgetsABatchThatALaterOneOvertook) {
  begin({.batch_rows = 1}, 3);
  for (const char* row : {"a", "b", "c"}) ASSERT_EQ(keep(row), Outcome::kKept);
  sink_->wait_for_writes(3);
  sink_->end_write(unavailable());  // "a"; the others are stored.
  sink_->end_write();
  sink_->end_write();
  wait_until_held(1);
  begin();
  EXPECT_EQ(sink_->end_write(), Rows{"a"});
  EXPECT_EQ(sink_->end_write(), Rows{"b"}) << "at least once: nothing before the oldest is known";
}

TEST_F(SpooledDelivery, KeepsTheOrderFromMemoryToDiskAndBack) {
  settings_.limits.segment_bytes = 4000;
  begin({.batch_rows = 10, .linger = 1ms, .spooled_bytes = 1000});
  Rows all;
  const auto put = [&](int rows) {
    for (int i = 0; i < rows; ++i) {
      all.push_back("row " + std::to_string(all.size()) + std::string(100, '.'));
      ASSERT_EQ(keep(all.back()), Outcome::kKept);
    }
  };
  Rows stored;
  const auto store = [&](std::size_t until) {
    while (stored.size() < until) {
      for (auto& row : sink_->end_write()) stored.push_back(std::move(row));
    }
  };
  for (int round = 0; round < 3; ++round) {
    put(200);
    EXPECT_LE(delivery_->stats().held_bytes, 1000u);
    store(stored.size() + 150);
    put(50);
    store(all.size());
    wait_until_held(0);
    put(1);
    store(all.size());
  }
  EXPECT_EQ(stored, all);
}

TEST_F(SpooledDelivery, FillsABatchFromDiskThoughItsTimeIsOver) {
  begin({.batch_rows = 60, .linger = 1ms, .spooled_bytes = 10'000});
  ASSERT_EQ(keep("first"), Outcome::kKept);
  sink_->wait_for_writes(1);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(keep(std::string(100, 'x')), Outcome::kKept);
  EXPECT_EQ(sink_->end_write(), Rows{"first"});
  for (const std::size_t rows : {60u, 60u, 60u, 20u}) EXPECT_EQ(sink_->end_write().size(), rows);
}

TEST_F(SpooledDelivery, TakesNoMoreMemoryInAnOutage) {
  begin({.batch_rows = 100, .spooled_bytes = 100'000});
  const std::string row(1000, 'x');
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(delivery_->accept(row::one_row(row), {}), Accepted::kHeld);
    if (i % 100 == 0) {
      ASSERT_EQ(keep(row), Outcome::kKept);
    }
    ASSERT_LE(delivery_->stats().held_bytes, 100'000u);
  }
  ASSERT_EQ(keep(row), Outcome::kKept);
  EXPECT_EQ(accounting().held, 3031u);
}

TEST_F(SpooledDelivery, KeepsARejectedRowAsADeadLetterAndGoesOn) {
  begin();
  ASSERT_EQ(keep(row_named("bad")), Outcome::kKept);
  sink_->end_write(std::vector<sink::Rejected>{{0, "too long"}});
  wait_until_held(0);
  EXPECT_EQ(accounting().dead_lettered, 1u);
  begin();
  wait_until_recovered();
  EXPECT_EQ(accounting().received, 0u);
}

TEST_F(SpooledDelivery, RefusesRowsWhileTheDiskFailsAndCountsThem) {
  begin();
  ASSERT_EQ(keep("before"), Outcome::kKept);
  disk_.fail("sync", EIO);
  EXPECT_EQ(keep("during"), Outcome::kRefused);
  EXPECT_EQ(delivery_->accept(row::one_row("later"), {}), Accepted::kDiskFailed);
  auto now = accounting();
  EXPECT_EQ(now.refused[static_cast<std::size_t>(Refused::kDiskFailed)], 2u);
  EXPECT_EQ(now.held, 1u);
  disk_.fail("sync", 0);
  while (!delivery_->stats().spool->trouble.empty()) std::this_thread::yield();
  ASSERT_EQ(keep("after"), Outcome::kKept);
  EXPECT_EQ(sink_->end_write(), Rows{"before"});
  EXPECT_EQ(sink_->end_write(), Rows{"after"});
  wait_until_held(0);
}

TEST_F(SpooledDelivery, KeepsAllRowsOfARequestOrNoneAndSettlesThemTogether) {
  begin({.batch_rows = 10});
  const std::string_view rows[] = {"a", "b", "c"};
  ASSERT_EQ(delivery_->accept(rows, {&mailbox_, 1}), Accepted::kHeld);
  auto settled = mailbox_.wait_for(1);
  EXPECT_EQ(settled[0].outcome, Outcome::kKept);
  EXPECT_EQ(settled[0].parts, 3u);
  EXPECT_EQ(sink_->end_write(), (Rows{"a", "b", "c"}));
  wait_until_held(0);
  disk_.fail("sync", EIO);
  ASSERT_EQ(delivery_->accept(rows, {&mailbox_, 2}), Accepted::kHeld);
  settled = mailbox_.wait_for(2);
  EXPECT_EQ(settled[1].outcome, Outcome::kRefused);
  EXPECT_EQ(settled[1].parts, 3u);
  EXPECT_EQ(delivery_->accept(rows, {&mailbox_, 3}), Accepted::kDiskFailed);
  const auto now = accounting();
  EXPECT_EQ(now.received, 9u);
  EXPECT_EQ(now.refused[static_cast<std::size_t>(Refused::kDiskFailed)], 6u);
  EXPECT_EQ(now.held, 0u);
  disk_.fail("sync", 0);
  begin();
  wait_until_recovered();
  EXPECT_EQ(accounting().received, 0u) << "a row of a refused request was left";
}

TEST_F(SpooledDelivery, RefusesAllRowsOfARequestThatTheSpoolHasNoRoomFor) {
  settings_.limits = {.max_bytes = 1000, .segment_bytes = 1000};
  begin();
  ASSERT_EQ(keep(std::string(500, 'x')), Outcome::kKept);
  const std::string row(200, 'y');
  const std::string_view rows[] = {row, row, row};
  const auto ticket = ++tickets_;
  ASSERT_EQ(delivery_->accept(rows, {&mailbox_, ticket}), Accepted::kHeld);
  EXPECT_EQ(mailbox_.wait_for(ticket).back().outcome, Outcome::kRefused);
  EXPECT_EQ(accounting().refused[static_cast<std::size_t>(Refused::kQueueFull)], 3u);
  sink_->end_write();
  while (!delivery_->stats().spool->trouble.empty()) std::this_thread::yield();
  EXPECT_EQ(keep("small"), Outcome::kKept);
}

TEST_F(SpooledDelivery, TakesRowsAgainThoughItsPositionCouldNotBeWrittenWhenTheLastWasDelivered) {
  settings_.limits = {.max_bytes = 1000, .segment_bytes = 1000};
  begin();
  ASSERT_EQ(keep(std::string(500, 'x')), Outcome::kKept);
  EXPECT_EQ(keep(std::string(500, 'y')), Outcome::kRefused);
  disk_.fail("write", EROFS);
  sink_->end_write();
  wait_until_held(0);
  EXPECT_EQ(delivery_->accept(row::one_row("none"), {}), Accepted::kFull);
  disk_.fail("write", 0);
  while (!delivery_->stats().spool->trouble.empty()) std::this_thread::yield();
  EXPECT_EQ(keep("row"), Outcome::kKept);
}

TEST_F(SpooledDelivery, DeliversAgainOnceRowsCanBeReadAgain) {
  begin({.batch_rows = 1, .spooled_bytes = 10});
  for (const char* row : {"0123456789", "on disk"}) ASSERT_EQ(keep(row), Outcome::kKept);
  // The first row comes from disk, too, when it was kept before the thread had begun.
  while (sink_->writes_begun() == 0) std::this_thread::yield();
  disk_.fail("read", EIO);
  EXPECT_EQ(sink_->end_write(), Rows{"0123456789"});
  wait_until_held(1);
  disk_.fail("read", 0);
  EXPECT_EQ(sink_->end_write(), Rows{"on disk"});
  wait_until_held(0);
}

TEST_F(SpooledDelivery, CountsRowsThatTheDiskLostAsDeadLettersAndDeliversTheOthers) {
  begin({.batch_rows = 1, .spooled_bytes = 10});
  for (const char* row : {"0123456789", "lost row", "whole row"}) {
    ASSERT_EQ(keep(row), Outcome::kKept);
  }
  std::fstream file(settings_.folder / spool::segment_name(1));
  file.seekp(64 + 30 + 22);
  file << "?";
  file.close();
  EXPECT_EQ(sink_->end_write(), Rows{"0123456789"});
  EXPECT_EQ(sink_->end_write(), Rows{"whole row"});
  wait_until_held(0);
  EXPECT_EQ(accounting().dead_lettered, 1u);
  EXPECT_EQ(delivery_->stats().spool->segments.damages, 1u);
}

TEST_F(SpooledDelivery, ReplaysDeadLettersPastTheSpool) {
  const std::string row = row_named("again");
  const DeadLetter letter{row, "schema", 1};
  ASSERT_TRUE(letters_->append("manual", {&letter, 1}));
  ASSERT_TRUE(letters_->set_aside().value());
  begin();
  Replay replay(*letters_, *delivery_);
  auto replayed = std::async([&] { return replay.run(); });
  sink_->wait_for_writes(1);
  EXPECT_EQ(delivery_->stats().spooled_rows, 0u);
  EXPECT_EQ(sink_->end_write(), Rows{row});
  EXPECT_EQ(replayed.get()->delivered, 1u);
}

TEST_F(SpooledDelivery, LeavesWhatIsNotDeliveredInTheSpoolWhenItStops) {
  begin();
  for (const char* row : {"a", "b"}) ASSERT_EQ(keep(row), Outcome::kKept);
  sink_->wait_for_writes(1);
  delivery_->stop(Clock::now() + 10ms);
  EXPECT_EQ(accounting().held, 2u);
  EXPECT_EQ(delivery_->stats().spooled_rows, 2u);
  EXPECT_TRUE(dead_letter_reasons().empty());
  EXPECT_EQ(delivery_->accept(row::one_row("late"), {}), Accepted::kStopping);
}

TEST_F(SpooledDelivery, AddsUpAtEveryMomentUnderLoadAndRestarts) {
  settings_.limits.segment_bytes = 20'000;
  std::atomic<std::uint64_t> kept{0}, stored{0};
  for (int process = 0; process < 3; ++process) {
    begin({.batch_rows = 64, .linger = 1ms, .spooled_bytes = 5'000}, 4);
    std::atomic<bool> done{false};
    std::thread writer([&] {
      // Every seventh write fails, never two in a row: a stop gives up after some of those.
      for (int writes = 0; !done;) {
        const bool fails = writes % 7 == 6;
        if (const auto rows = sink_->end_any_write(fails ? unavailable() : sink::WriteResult{})) {
          if (!fails) stored += rows->size();
          ++writes;
        } else {
          std::this_thread::yield();
        }
      }
    });
    std::thread scraper([&] {
      while (!done) ASSERT_TRUE(delivery_->stats().accounting.adds_up());
    });
    std::vector<std::thread> producers;
    for (int p = 0; p < 4; ++p) {
      producers.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          if (delivery_->accept(row::one_row("some row"), {}) == Accepted::kHeld) ++kept;
        }
      });
    }
    for (auto& producer : producers) producer.join();
    // A stop does not wait for what the last process left to be looked through.
    while (delivery_->stats().spool->segments.recovering) std::this_thread::yield();
    delivery_->stop(process < 2 ? Clock::now() : Clock::time_point::max());
    done = true;
    scraper.join();
    writer.join();
  }
  EXPECT_EQ(kept, 12'000u);
  EXPECT_GE(stored, kept);
  EXPECT_EQ(accounting().held, 0u);
}

}  // namespace
}  // namespace rs::delivery
