#include "pubsub/leases.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rs::pubsub {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Clock::time_point kStart{1h};

class LeasesTest : public testing::Test {
 protected:
  std::uint64_t add(const std::string& id, Clock::time_point now = kStart) {
    return leases_.add(id, "ack-" + id, 10, now).value_or(0);
  }
  LeaseBatch settled(Fate fate, Clock::time_point now = kStart) {
    return leases_.take_settled(fate, 100, now);
  }
  std::vector<std::string> due(Clock::time_point now) {
    const auto batch = leases_.take_due(100, now);
    leases_.extended(batch, true);
    return batch.ack_ids;
  }

  Leases leases_{60s};
};

TEST_F(LeasesTest, ForgetAMessageOnceTheServiceKnowsItsFate) {
  const auto a = add("a"), b = add("b"), c = add("c");
  EXPECT_EQ(leases_.size(), 3U);
  EXPECT_EQ(leases_.bytes(), 30U);
  leases_.settle(b, Fate::kStored);
  leases_.settle(a, Fate::kReturned);
  leases_.settle(c, Fate::kStored);
  EXPECT_EQ(leases_.settled(Fate::kStored), 2U);
  const auto stored = settled(Fate::kStored);
  EXPECT_THAT(stored.ack_ids, ElementsAre("ack-b", "ack-c"));
  EXPECT_THAT(settled(Fate::kStored).ack_ids, IsEmpty());
  EXPECT_EQ(leases_.size(), 3U) << "the service may still deliver them again";
  leases_.told(stored, Fate::kStored, false, kStart);
  leases_.told(settled(Fate::kReturned), Fate::kReturned, false, kStart);
  EXPECT_EQ(leases_.size(), 0U);
  EXPECT_EQ(leases_.bytes(), 0U);
  EXPECT_NE(add("a"), 0U) << "a new delivery of what was given back";
}

TEST_F(LeasesTest, TellAgainUntilTheLeaseHasEnded) {
  leases_.settle(add("a"), Fate::kStored);
  leases_.told(settled(Fate::kStored), Fate::kStored, true, kStart + 59s);
  const auto again = settled(Fate::kStored);
  EXPECT_THAT(again.ack_ids, ElementsAre("ack-a"));
  leases_.told(again, Fate::kStored, true, kStart + 60s);
  EXPECT_EQ(leases_.size(), 0U);
}

TEST_F(LeasesTest, KeepAMessageThatIsDeliveredAgainUnderItsNewName) {
  const auto ticket = add("a");
  EXPECT_EQ(leases_.add("a", "ack-a-2", 10, kStart + 1s), std::nullopt);
  EXPECT_EQ(leases_.size(), 1U);
  leases_.settle(ticket, Fate::kStored);
  const auto first = settled(Fate::kStored);
  EXPECT_THAT(first.ack_ids, ElementsAre("ack-a-2"));
  // It comes a third time while the service is being told of the second.
  EXPECT_EQ(leases_.add("a", "ack-a-3", 10, kStart + 2s), std::nullopt);
  leases_.told(first, Fate::kStored, false, kStart + 3s);
  EXPECT_THAT(settled(Fate::kStored).ack_ids, ElementsAre("ack-a-3"));
}

TEST_F(LeasesTest, AreExtendedAtHalfOfTheirTime) {
  add("a");
  add("b", kStart + 10s);
  EXPECT_EQ(leases_.due_at(), kStart + 30s);
  EXPECT_THAT(due(kStart + 29s), IsEmpty());
  EXPECT_THAT(due(kStart + 30s), ElementsAre("ack-a"));
  EXPECT_THAT(due(kStart + 30s), IsEmpty());
  EXPECT_THAT(due(kStart + 50s), ElementsAre("ack-b"));
  EXPECT_THAT(due(kStart + 60s), ElementsAre("ack-a"));
}

TEST_F(LeasesTest, AreExtendedAgainAfterAFailure) {
  add("a");
  const auto first = leases_.take_due(100, kStart + 30s);
  EXPECT_THAT(leases_.take_due(100, kStart + 31s).ack_ids, IsEmpty()) << "one is on the way";
  leases_.extended(first, false);
  EXPECT_THAT(due(kStart + 32s), ElementsAre("ack-a"));
}

TEST_F(LeasesTest, AreNotLostWhenADeliveryComesDuringAnExtension) {
  add("a");
  const auto first = leases_.take_due(100, kStart + 30s);
  EXPECT_EQ(leases_.add("a", "ack-a-2", 10, kStart + 31s), std::nullopt);
  leases_.extended(first, true);
  EXPECT_THAT(due(kStart + 60s), IsEmpty());
  EXPECT_THAT(due(kStart + 61s), ElementsAre("ack-a-2"));
  EXPECT_THAT(due(kStart + 61s), IsEmpty());
}

TEST_F(LeasesTest, EndForWhatIsGivenBack) {
  const auto stored = add("a"), returned = add("b");
  leases_.settle(stored, Fate::kStored);
  leases_.settle(returned, Fate::kReturned);
  EXPECT_THAT(due(kStart + 30s), ElementsAre("ack-a")) << "until the service knows";
}

TEST_F(LeasesTest, ComeInPiecesOfTheSizeOfARequest) {
  for (int i = 0; i < 5; ++i) leases_.settle(add(std::to_string(i)), Fate::kStored);
  EXPECT_THAT(leases_.take_settled(Fate::kStored, 3, kStart).ack_ids,
              ElementsAre("ack-0", "ack-1", "ack-2"));
  EXPECT_EQ(leases_.settled(Fate::kStored), 2U);
  EXPECT_EQ(leases_.take_due(3, kStart + 40s).tickets.size(), 3U);
  EXPECT_EQ(leases_.take_due(3, kStart + 40s).tickets.size(), 2U);
}

}  // namespace
}  // namespace rs::pubsub
