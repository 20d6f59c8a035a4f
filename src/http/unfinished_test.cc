#include "http/unfinished.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace rs::http {
namespace {

TEST(Unfinished, KeepsItsNodesByTheTimeTheyBegan) {
  UnfinishedTotal total(100);
  UnfinishedList list(total, total.add_thread(-1));
  UnfinishedNode first, second, third;
  EXPECT_EQ(list.oldest(), nullptr);
  list.hold(first, 10, 1);
  list.hold(second, 20, 2);
  list.hold(third, 30, 3);
  list.hold(first, 40, 4);  // More of the same.
  EXPECT_EQ(total.bytes(), 90u);
  EXPECT_EQ(list.oldest(), &first);
  list.restart(first, 5);
  EXPECT_EQ(list.oldest(), &second);
  list.hold(second, 0, 6);
  EXPECT_EQ(list.oldest(), &third);
  list.hold(second, 5, 7);
  list.hold(third, 0, 8);
  EXPECT_EQ(list.oldest(), &first);
  EXPECT_EQ(total.bytes(), 45u);
  EXPECT_FALSE(list.is_over());
  list.hold_decoded(60);
  EXPECT_TRUE(list.is_over());
  list.hold_decoded(0);
  list.hold(first, 0, 9);
  list.hold(second, 0, 9);
  EXPECT_EQ(list.oldest(), nullptr);
  EXPECT_EQ(total.bytes(), 0u);
}

TEST(Unfinished, WakesTheThreadThatHasTheOldest) {
  const Descriptor wakeup(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  UnfinishedTotal total(100);
  const unsigned first = total.add_thread(wakeup.get()), second = total.add_thread(-1);
  UnfinishedList ours(total, second), other(total, first);
  UnfinishedNode node, older;
  const auto was_woken = [&] {
    std::uint64_t count = 0;
    return ::read(wakeup.get(), &count, sizeof count) > 0;
  };
  ours.hold(node, 200, 2);
  EXPECT_TRUE(ours.has_oldest_of_all());
  EXPECT_FALSE(was_woken());
  other.hold(older, 200, 1);
  EXPECT_FALSE(ours.has_oldest_of_all());
  EXPECT_TRUE(was_woken());
  EXPECT_TRUE(other.has_oldest_of_all());
  other.restart(older, 3);
  EXPECT_TRUE(ours.has_oldest_of_all());
  other.hold(older, 0, 4);
  EXPECT_TRUE(ours.has_oldest_of_all());
  ours.hold(node, 0, 4);
}

}  // namespace
}  // namespace rs::http
