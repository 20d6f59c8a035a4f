#pragma once
// For tests of loading: a subscription of our own, and a reader of it.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/pubsub/fake_subscription.h"
#include "google/token_source.h"
#include "pubsub/subscriber.h"

namespace rs::pubsub {

using namespace std::chrono_literals;

inline constexpr const char* kPath = "projects/p/subscriptions/s";

// Until `holds`; false after 20 seconds.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = Clock::now() + 20s;
  while (!holds()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    settings_.project = "p", settings_.subscription = "s", settings_.emulator = fake_->address();
    settings_.acknowledge_linger = 1ms;
    settings_.pause_first = 1ms, settings_.pause_longest = 5ms;
  }

  Subscriber& subscriber() {
    if (!subscriber_) {
      auto opened = Subscriber::open(settings_, [](const std::stop_token&) {
        return Result<std::shared_ptr<google::TokenSource>>(
            fail(ErrorCode::kRefused, "no credentials are looked for in this test"));
      });
      EXPECT_TRUE(opened) << opened.error().message;
      subscriber_ = std::move(*opened);
    }
    return *subscriber_;
  }

  std::unique_ptr<fakes::FakeSubscription> fake_ = fakes::FakeSubscription::start(kPath);
  SubscriptionSettings settings_;
  std::unique_ptr<Subscriber> subscriber_;
};

}  // namespace rs::pubsub
