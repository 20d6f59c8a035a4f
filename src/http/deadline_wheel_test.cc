#include "http/deadline_wheel.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rs::http {
namespace {

constexpr std::int64_t kTick = 1000;

TEST(DeadlineWheel, ExpiresAtTheFirstTickAfterTheDeadline) {
  DeadlineWheel wheel(kTick, 500);
  DeadlineNode node;
  int expired = 0;
  const auto count = [&](DeadlineNode&) { ++expired; };
  wheel.arm(node, 2500);
  wheel.advance(2999, count);
  EXPECT_EQ(expired, 0);
  wheel.advance(3000, count);
  EXPECT_EQ(expired, 1);
  wheel.advance(9000, count);
  EXPECT_EQ(expired, 1);
}

TEST(DeadlineWheel, MovesDeadlinesLaterAndSooner) {
  DeadlineWheel wheel(kTick, 0);
  DeadlineNode later, sooner, gone;
  std::vector<DeadlineNode*> expired;
  const auto note = [&](DeadlineNode& node) { expired.push_back(&node); };
  wheel.arm(later, 2000);
  wheel.arm(later, 9000);
  wheel.arm(sooner, 50'000);
  wheel.arm(sooner, 1500);
  wheel.arm(gone, 1500);
  wheel.disarm(gone);
  wheel.disarm(gone);
  wheel.advance(8000, note);
  EXPECT_EQ(expired, std::vector<DeadlineNode*>{&sooner});
  wheel.advance(10'000, note);
  EXPECT_EQ(expired, (std::vector<DeadlineNode*>{&sooner, &later}));
}

TEST(DeadlineWheel, ReachesBeyondItsRingAndOverLongSleeps) {
  DeadlineWheel wheel(kTick, 0);
  DeadlineNode node;
  int expired = 0;
  const auto count = [&](DeadlineNode&) { ++expired; };
  wheel.arm(node, 1'000'000);
  for (std::int64_t now = 0; now <= 1'000'000; now += 700) wheel.advance(now, count);
  EXPECT_EQ(expired, 0);
  wheel.advance(1'001'000, count);
  EXPECT_EQ(expired, 1);
  wheel.arm(node, 1'002'500);
  wheel.advance(50'000'000, count);
  EXPECT_EQ(expired, 2);
}

TEST(DeadlineWheel, LetsANodeBeArmedAgainWhileItExpires) {
  DeadlineWheel wheel(kTick, 0);
  DeadlineNode node;
  int expired = 0;
  wheel.arm(node, 100);
  wheel.advance(5000, [&](DeadlineNode& same) {
    if (++expired < 3) wheel.arm(same, 5000 * expired);
  });
  EXPECT_EQ(expired, 1);
  wheel.advance(20'000, [&](DeadlineNode&) { ++expired; });
  EXPECT_EQ(expired, 2);
}

TEST(DeadlineWheel, ExpiresEachOfManyOnceAndInTime) {
  std::mt19937 random(7);
  DeadlineWheel wheel(kTick, 0);
  std::vector<DeadlineNode> nodes(200);
  std::map<DeadlineNode*, std::int64_t> due;
  for (std::int64_t now = 0; now < 400'000; now += 333) {
    for (int i = 0; i < 3; ++i) {
      DeadlineNode& node = nodes[random() % nodes.size()];
      due[&node] = now + static_cast<std::int64_t>(random() % 150'000);
      wheel.arm(node, due[&node]);
    }
    wheel.advance(now, [&](DeadlineNode& node) {
      ASSERT_EQ(due.count(&node), 1u);
      EXPECT_LT(due[&node], now);
      due.erase(&node);
    });
    for (const auto& [node, at] : due) ASSERT_GT(at + 2 * kTick, now);
  }
}

}  // namespace
}  // namespace rs::http
