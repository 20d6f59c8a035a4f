#include "spool/commit_clock.h"

#include <gtest/gtest.h>

#include "base/eventually.h"

namespace rs::spool {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CommitClock, KnowsNothingBeforeTheFirstGroup) {
  const CommitClock clock;
  EXPECT_EQ(clock.last(), microseconds(0));
  EXPECT_EQ(clock.within(seconds(10)), microseconds(0));
}

TEST(CommitClock, GrowsWhileAGroupIsInProgress) {
  CommitClock clock;
  clock.begin();
  EXPECT_TRUE(eventually([&] { return clock.last() > milliseconds(20); }));
  EXPECT_GT(clock.within(seconds(0)), milliseconds(20));
}

TEST(CommitClock, RemembersTheLastGroupForAWhile) {
  CommitClock clock;
  clock.begin();
  ASSERT_TRUE(eventually([&] { return clock.last() > milliseconds(20); }));
  const auto took = clock.end();
  EXPECT_EQ(clock.last(), took);
  EXPECT_EQ(clock.within(seconds(1'000)), took);
  EXPECT_TRUE(eventually([&] { return clock.within(seconds(0)) == microseconds(0); }));
  EXPECT_EQ(clock.last(), took);
}

}  // namespace
}  // namespace rs::spool
