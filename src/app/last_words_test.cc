#include "app/last_words.h"

#include <csignal>
#include <new>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rs::app {
namespace {

using ::testing::HasSubstr;

TEST(LastWords, StopTheProgramInOrderWhenAThreadThrows) {
  StopSignals stop;
  const LastWords words(stop);
  EXPECT_FALSE(LastWords::were_spoken());
  std::thread([] { throw std::bad_alloc(); }).detach();  // It waits for the end of the process.
  EXPECT_THAT(stop.wait(), HasSubstr("an exception was not caught: std::bad_alloc"));
  EXPECT_TRUE(LastWords::were_spoken());
  EXPECT_TRUE(stop.token().stop_requested());
}

TEST(LastWordsDeathTest, EndTheProcessWhenTheMainThreadThrows) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StopSignals stop;
        const LastWords words(stop);
        [] { std::terminate(); }();
      },
      testing::KilledBySignal(SIGABRT), "");
}

TEST(LastWordsDeathTest, LeaveASignalWhatItDoes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StopSignals stop;
        const LastWords words(stop);
        ::raise(SIGABRT);
      },
      testing::KilledBySignal(SIGABRT), "");
}

TEST(StopSignals, GiveTheFirstReason) {
  StopSignals stop;
  EXPECT_EQ(stop.wait_for(std::chrono::milliseconds(0)), std::nullopt);
  EXPECT_FALSE(stop.token().stop_requested());
  stop.request("one");
  stop.request("another");
  EXPECT_EQ(stop.wait(), "one");
  EXPECT_EQ(stop.wait_for(std::chrono::milliseconds(0)), "one");
  EXPECT_TRUE(stop.token().stop_requested());
}

}  // namespace
}  // namespace rs::app
