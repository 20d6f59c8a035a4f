// Rejected rows that cannot be kept as dead letters wait; all other rows go on.

#include <cerrno>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "base/eventually.h"
#include "delivery/delivery_fixture.h"

namespace rs::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Rows = std::vector<std::string>;

class SetApartTest : public DeliveryTest {
 protected:
  void begin(BatchLimits limits = {.batch_rows = 1}) {
    delivery_ = std::make_unique<Delivery>(sink_, *letters_, limits, quick_, Spooling{});
    delivery_->start();
  }
  void accept(std::string_view row, std::uint64_t ticket = 0) {
    ASSERT_EQ(delivery_->accept(row::one_row(row), {ticket == 0 ? nullptr : &mailbox_, ticket}),
              Accepted::kHeld);
  }
  Accounting accounting() {
    const auto now = delivery_->stats().accounting;
    EXPECT_TRUE(now.adds_up());
    return now;
  }
  // The sink rejects the oldest batch, of which the first row is bad.
  void reject() { sink_.end_write(std::vector<sink::Rejected>{{0, "bad row"}}); }
  bool is_set_apart(std::uint64_t rows) {
    return eventually([&] { return delivery_->stats().set_apart_rows == rows; });
  }

  ManualSink sink_;
  std::unique_ptr<Delivery> delivery_;
};

TEST_F(SetApartTest, OtherBatchesGoOnBesideARejectedRowThatCannotBeKept) {
  begin();
  disk_.fail("write", ENOSPC);
  accept("bad");
  reject();
  for (const char* row : {"a", "b", "c"}) accept(row);
  for (const char* row : {"a", "b", "c"}) EXPECT_EQ(sink_.end_write(), Rows{row});
  ASSERT_TRUE(eventually([&] { return accounting().delivered == 3; }));
  const auto stats = delivery_->stats();
  EXPECT_EQ(stats.accounting.held, 1u);
  EXPECT_EQ(stats.set_apart_rows, 1u);
  EXPECT_EQ(stats.dead_letters_failures, 1u);
  EXPECT_THAT(stats.dead_letters_trouble, HasSubstr("No space left on device"));
  EXPECT_TRUE(stats.ready) << "the sink is";

  disk_.fail("write", 0);
  ASSERT_TRUE(eventually([&] { return accounting().dead_lettered == 1; }));
  EXPECT_EQ(accounting().held, 0u);
  EXPECT_THAT(delivery_->stats().dead_letters_trouble, IsEmpty());
  EXPECT_THAT(dead_letter_reasons(), ElementsAre("bad row"));
  EXPECT_EQ(sink_.writes_begun(), 0u) << "the sink is not asked again";
}

TEST_F(SetApartTest, WhoWaitsForAnotherRowOfItsBatchHasTheAnswerAtOnce) {
  begin({.batch_rows = 3, .linger = 1h});
  disk_.fail("sync", EIO);
  accept("bad", 1);
  accept("good", 2);
  accept("also good");
  reject();
  EXPECT_EQ(mailbox_.wait_for(1).at(0).ticket, 2u);
  EXPECT_EQ(mailbox_.wait_for(1).at(0).outcome, Outcome::kKept);
  EXPECT_EQ(accounting().delivered, 2u);
  ASSERT_TRUE(is_set_apart(1));
  EXPECT_EQ(delivery_->stats().held_bytes, 3u) << "of the bad row alone";
  disk_.fail("sync", 0);
  EXPECT_EQ(mailbox_.wait_for(2).at(1).ticket, 1u);
  EXPECT_EQ(mailbox_.wait_for(2).at(1).outcome, Outcome::kRejected);
  EXPECT_EQ(accounting().dead_lettered, 1u);
  EXPECT_EQ(accounting().held, 0u);
}

TEST_F(SetApartTest, RejectedRowsFillTheQueueWhenTheyAreTooMany) {
  begin({.batch_rows = 1, .held_rows = 3});
  disk_.fail("create", EROFS);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    accept("bad");
    reject();
    ASSERT_TRUE(is_set_apart(i));
  }
  EXPECT_EQ(delivery_->accept(row::one_row("none"), {}), Accepted::kFull);
  EXPECT_TRUE(delivery_->full());
  EXPECT_EQ(accounting().held, 3u);
  disk_.fail("create", 0);
  ASSERT_TRUE(eventually([&] { return accounting().dead_lettered == 3; }));
  accept("good");
  EXPECT_EQ(sink_.end_write(), Rows{"good"});
}

TEST_F(SetApartTest, RejectedRowsWaitWhereTheDeadLettersMayTakeNoMoreRoom) {
  letters_ = std::make_unique<DeadLetters>(disk_, folder_ / "dead-letters", 10);
  begin();
  accept("bad");
  reject();
  ASSERT_TRUE(is_set_apart(1));
  EXPECT_THAT(delivery_->stats().dead_letters_trouble, HasSubstr("DEAD_LETTERS__MAX_BYTES"));
  accept("good");
  EXPECT_EQ(sink_.end_write(), Rows{"good"});
  ASSERT_TRUE(eventually([&] { return accounting().delivered == 1; }));
  delivery_->stop(Clock::time_point::max());
  EXPECT_THAT(dead_letter_reasons(), ElementsAre("bad row")) << "a shutdown loses no row for room";
  EXPECT_EQ(accounting().dead_lettered, 1u);
  EXPECT_EQ(accounting().held, 0u);
}

TEST_F(SetApartTest, RejectedRowsAreKeptAtTheShutdownOnceTheDiskTakesThem) {
  begin({.batch_rows = 2, .linger = 1h});
  disk_.fail("write", EIO);
  accept("bad");
  accept("good");
  reject();
  ASSERT_TRUE(is_set_apart(1));
  disk_.fail("write", 0);
  delivery_->stop(Clock::now());
  EXPECT_THAT(dead_letter_reasons(), ElementsAre("bad row"));
  EXPECT_EQ(accounting().delivered, 1u);
  EXPECT_EQ(accounting().dead_lettered, 1u);
}

TEST_F(SetApartTest, RejectedRowsAreAllThatIsLostAtAShutdownWithoutAPlaceForThem) {
  begin({.batch_rows = 2, .linger = 1h});
  disk_.fail("write", EIO);
  accept("bad");
  accept("good", 1);
  reject();
  EXPECT_EQ(mailbox_.wait_for(1).at(0).outcome, Outcome::kKept);
  delivery_->stop(Clock::now());
  EXPECT_EQ(accounting().delivered, 1u);
  EXPECT_EQ(accounting().held, 1u);
}

// Rows of the spool.
class SpooledSetApartTest : public SetApartTest {
 protected:
  SpooledSetApartTest() {
    settings_.folder = folder_ / "spool";
    settings_.try_again = 1ms;
  }
  ~SpooledSetApartTest() override {
    delivery_.reset();
    spool_.reset();
  }
  void begin_spooled(BatchLimits limits = {.batch_rows = 1}) {
    if (delivery_ != nullptr) delivery_->stop(Clock::now());
    delivery_.reset();
    spool_.reset();
    spool_ = std::make_unique<spool::Spool>(settings_, spool_disk_);
    ASSERT_TRUE(spool_->open());
    delivery_ =
        std::make_unique<Delivery>(sink_, *letters_, limits, quick_, Spooling{spool_.get(), true});
    delivery_->start();
  }
  void keep(std::string_view row) {
    accept(row, ++tickets_);
    mailbox_.wait_for(tickets_);
  }

  spool::FaultyDisk spool_disk_;  // Another than that of the dead letters, which fails alone.
  spool::SpoolSettings settings_;
  std::unique_ptr<spool::Spool> spool_;
  std::uint64_t tickets_ = 0;
};

TEST_F(SpooledSetApartTest, OtherBatchesGoOnAndTheRejectedRowIsThereAfterARestart) {
  begin_spooled();
  disk_.fail("write", ENOSPC);
  for (const char* row : {"bad", "a", "b"}) keep(row);
  reject();
  for (const char* row : {"a", "b"}) EXPECT_EQ(sink_.end_write(), Rows{row});
  ASSERT_TRUE(eventually([&] { return accounting().delivered == 2; }));
  EXPECT_EQ(delivery_->stats().spooled_rows, 1u);
  EXPECT_EQ(delivery_->stats().set_apart_rows, 1u);

  const auto stopping = Clock::now();
  delivery_->stop(stopping + 20s);
  EXPECT_LT(Clock::now() - stopping, 10s);
  EXPECT_EQ(accounting().held, delivery_->stats().spooled_rows) << "safe where it is";
  disk_.fail("write", 0);
  begin_spooled();
  std::vector<std::string> again;
  for (int i = 0; i < 3; ++i) again.push_back(sink_.end_write().at(0));
  EXPECT_THAT(again, ElementsAre("bad", "a", "b")) << "at least once: nothing behind it is known";
}

TEST_F(SpooledSetApartTest, PartOfABatchIsOnDiskAloneAndCountsSo) {
  begin_spooled({.batch_rows = 3, .linger = 1h});
  disk_.fail("write", ENOSPC);
  for (const char* row : {"bad", "a", "b"}) keep(row);
  reject();
  ASSERT_TRUE(is_set_apart(1));
  EXPECT_EQ(accounting().delivered, 2u);
  EXPECT_EQ(accounting().held, 1u);
  EXPECT_EQ(delivery_->stats().spooled_rows, 1u);
  disk_.fail("write", 0);
  ASSERT_TRUE(eventually([&] { return accounting().dead_lettered == 1; }));
  EXPECT_EQ(delivery_->stats().spooled_rows, 0u);
}

}  // namespace
}  // namespace rs::delivery
