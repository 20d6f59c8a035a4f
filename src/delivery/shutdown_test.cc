// The start and the end of Delivery, with a sink that says nothing, hangs, or can never work.

#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "delivery/delivery_fixture.h"

namespace rs::delivery {
namespace {

using Reasons = std::vector<std::string>;

TEST_F(DeliveryTest, StartsBeforeItsSinkIsOpen) {
  ManualSink sink;
  sink.set_silent(true);
  Delivery delivery(sink, *letters_, {.batch_rows = 1});
  delivery.start();
  sink.wait_for_opened(1);
  EXPECT_FALSE(delivery.stats().ready);
  EXPECT_EQ(delivery.stats().trouble, "it is being opened");
  ASSERT_EQ(delivery.accept(row::one_row("early"), {}), Accepted::kHeld);
  sink.set_silent(false);
  EXPECT_EQ(sink.end_write(), std::vector<std::string>{"early"});
}

struct Opening {
  const char* name;
  std::optional<Error> error;
};

class FirstOpeningTest : public DeliveryTest, public testing::WithParamInterface<Opening> {};

TEST_P(FirstOpeningTest, IsToldOnce) {
  ManualSink sink;
  if (GetParam().error) sink.fail_open(*GetParam().error);
  Delivery delivery(sink, *letters_, {}, quick_);
  std::promise<Result<void>> opened;  // A second value would throw.
  delivery.start([&](const Result<void>& result) { opened.set_value(result); });
  const auto result = opened.get_future().get();
  EXPECT_EQ(result.has_value(), !GetParam().error);
  if (!result) {
    EXPECT_EQ(result.error().message, GetParam().error->message);
  }
  sink.wait_for_opened(GetParam().error ? 2 : 1);
}

INSTANTIATE_TEST_SUITE_P(
    Each, FirstOpeningTest,
    testing::Values(Opening{"works", {}},
                    Opening{"is_down", Error{ErrorCode::kUnavailable, "no route"}},
                    Opening{"never", Error{ErrorCode::kRefused, "no dataset"}}),
    [](const auto& opening) { return opening.param.name; });

TEST_F(DeliveryTest, KeepsThePromisedRowsOfASinkThatCanNeverWork) {
  ManualSink sink;
  for (int i = 0; i < 1000; ++i) sink.fail_open({ErrorCode::kRefused, "no such dataset"});
  Delivery delivery(sink, *letters_, {.batch_rows = 1});
  std::promise<void> opened;
  delivery.start([&](const Result<void>&) { opened.set_value(); });
  opened.get_future().wait();
  ASSERT_EQ(delivery.accept(row::one_row(row_named("promised")), {}), Accepted::kHeld);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("waited for")), {&mailbox_, 1}),
            Accepted::kHeld);
  delivery.stop(Clock::now());
  EXPECT_EQ(mailbox_.wait_for(1)[0].outcome, Outcome::kRefused);
  EXPECT_EQ(dead_letter_reasons(), Reasons{"not delivered before the shutdown"});
  EXPECT_EQ(delivery.unkept_rows(), 0u);
}

TEST_F(DeliveryTest, StopsAtOnceWhileItsSinkIsBeingOpenedAndNoRowWaits) {
  ManualSink sink;
  sink.set_silent(true);
  Delivery delivery(sink, *letters_, {});
  delivery.start();
  sink.wait_for_opened(1);
  delivery.stop(Clock::time_point::max());
}

TEST_F(DeliveryTest, LeavesASilentSinkInTimeToKeepItsRows) {
  ManualSink sink;
  sink.set_silent(true);
  Delivery delivery(sink, *letters_, {});
  delivery.start();
  sink.wait_for_opened(1);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("promised")), {}), Accepted::kHeld);
  delivery.stop(Clock::now() + 50ms);
  EXPECT_EQ(dead_letter_reasons().size(), 1u);
}

// Without it, the sink would be given the rows until the very end, and none could be kept.
TEST_F(DeliveryTest, KeepsTimeBackForWritingTheRowsItHoldsAtTheShutdown) {
  constexpr std::size_t kBatch = 1'000, kRows = 50 * kBatch;
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = kBatch});
  delivery.start();
  for (std::size_t i = 0; i < kRows; ++i)
    ASSERT_EQ(delivery.accept(row::one_row(""), {}), Accepted::kHeld);
  sink.wait_for_writes(1);
  const auto deadline = Clock::now() + time_to_keep(kRows) / 2;
  auto stopped = std::async(std::launch::async, [&] { delivery.stop(deadline); });
  while (delivery.accept(row::one_row(""), {}) != Accepted::kStopping) std::this_thread::yield();
  // The sink would take everything from here on, and there is no time to find out.
  while (stopped.wait_for(0s) != std::future_status::ready) sink.end_any_write();
  const auto accounting = delivery.stats().accounting;
  EXPECT_LE(accounting.delivered, kBatch);
  EXPECT_GE(accounting.dead_lettered, kRows - kBatch);
  EXPECT_EQ(accounting.held, 0u);
}

TEST(TimeToKeep, IsMoreThanWritingARowTakes) {
  EXPECT_GE(time_to_keep(1'000), 25ms);  // 23 us a row were measured.
}

// A sink that does not come back from a call: nothing after it on the delivery thread happens.
class HangingSinkTest : public DeliveryTest {
 protected:
  void hang_with(std::size_t writes) {
    sink_.hang_at(writes);
    delivery_.start();
    for (std::size_t i = 0; i < writes; ++i) {
      ASSERT_EQ(delivery_.accept(row::one_row(row_named("with the sink")), {}), Accepted::kHeld);
    }
    sink_.wait_for_writes(writes);
    ASSERT_EQ(delivery_.accept(row::one_row(row_named("held")), {}), Accepted::kHeld);
    ASSERT_EQ(delivery_.accept(row::one_row(row_named("waited for")), {&mailbox_, 1}),
              Accepted::kHeld);
  }
  // The thread goes on, and finds that its rows have been kept.
  void end_hanging() {
    sink_.hang_at(0);
    while (sink_.end_any_write()) {
    }
    delivery_.stop(Clock::now());
  }

  ManualSink sink_{4};
  Delivery delivery_{sink_, *letters_, {.batch_rows = 1}};
};

TEST_F(HangingSinkTest, RowsAreKeptInTime) {
  hang_with(1);
  EXPECT_EQ(delivery_.unkept_rows(), 2u);
  delivery_.keep_in_time(Clock::now(), Clock::now());
  EXPECT_EQ(mailbox_.wait_for(1)[0].outcome, Outcome::kRefused);
  EXPECT_EQ(dead_letter_reasons(), (Reasons{"not delivered before the shutdown",
                                            "not answered before the shutdown; it may be stored"}));
  EXPECT_EQ(delivery_.unkept_rows(), 0u);
  EXPECT_EQ(delivery_.accept(row::one_row("late"), {}), Accepted::kStopping);
  end_hanging();
  const auto accounting = delivery_.stats().accounting;
  EXPECT_EQ(accounting.delivered, 0u);
  EXPECT_EQ(accounting.dead_lettered, 2u);
  EXPECT_EQ(accounting.held, 0u);
  EXPECT_TRUE(accounting.adds_up());
}

TEST_F(HangingSinkTest, AnswersThatHaveComeAreHeard) {
  hang_with(3);
  sink_.end_write();
  sink_.end_write(std::vector<sink::Rejected>{{0, "bad row"}});
  delivery_.keep_in_time(Clock::now(), Clock::now());
  EXPECT_EQ(dead_letter_reasons(), (Reasons{"not delivered before the shutdown", "bad row",
                                            "not answered before the shutdown; it may be stored"}));
  EXPECT_EQ(delivery_.stats().accounting.delivered, 1u);
  end_hanging();
  EXPECT_EQ(delivery_.stats().accounting.delivered, 1u);
  EXPECT_TRUE(delivery_.stats().accounting.adds_up());
}

TEST_F(HangingSinkTest, RowsThatCannotBeKeptAreCounted) {
  std::ofstream(folder_ / "dead-letters") << "a file where the folder should be";
  hang_with(1);
  delivery_.keep_in_time(Clock::now(), Clock::now());
  EXPECT_EQ(delivery_.unkept_rows(), 2u);
  end_hanging();
  EXPECT_EQ(delivery_.unkept_rows(), 2u);
  EXPECT_EQ(delivery_.stats().accounting.held, 2u);
}

TEST_F(DeliveryTest, KeepsNothingInTimeOnceItHasEnded) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 1});
  delivery.start();
  ASSERT_EQ(delivery.accept(row::one_row("a"), {}), Accepted::kHeld);
  sink.end_write();
  delivery.stop(Clock::time_point::max());
  delivery.keep_in_time(Clock::now() + 1h, Clock::now() + 1h);
  EXPECT_TRUE(dead_letter_reasons().empty());
}

// Looks at the numbers when it gets the answer that a client waits for.
class CountingMailbox final : public Mailbox {
 public:
  explicit CountingMailbox(const Delivery& delivery) : delivery_(delivery) {}
  void post(std::span<const Settlement> /*settlements*/) override {
    counted_.set_value(delivery_.stats().accounting);
  }
  [[nodiscard]] Accounting counted() { return counted_.get_future().get(); }

 private:
  const Delivery& delivery_;
  std::promise<Accounting> counted_;
};

TEST_F(DeliveryTest, CountsARowBeforeItsClientIsAnswered) {
  ManualSink sink;
  Delivery delivery(sink, *letters_, {.batch_rows = 1});
  delivery.start();
  CountingMailbox stored(delivery), rejected(delivery), refused(delivery);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("stored")), {&stored, 1}), Accepted::kHeld);
  sink.end_write();
  EXPECT_EQ(stored.counted().delivered, 1u);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("rejected")), {&rejected, 1}), Accepted::kHeld);
  sink.end_write(std::vector<sink::Rejected>{{0, "bad row"}});
  EXPECT_EQ(rejected.counted().dead_lettered, 1u);
  ASSERT_EQ(delivery.accept(row::one_row(row_named("refused")), {&refused, 1}), Accepted::kHeld);
  delivery.stop(Clock::now());
  EXPECT_EQ(refused.counted().refused_total(), 1u);
}

}  // namespace
}  // namespace rs::delivery
