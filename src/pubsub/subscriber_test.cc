// What a reader of a subscription does, against a subscription of our own.
#include "pubsub/subscriber.h"

#include <algorithm>
#include <string>

#include "pubsub/load_fixture.h"

namespace rs::pubsub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// Status codes of gRPC.
constexpr int kNotFound = 5, kPermissionDenied = 7, kUnavailable = 14, kUnauthenticated = 16;

class SubscriberTest : public LoadTest {
 protected:
  void publish(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) fake_->publish("{}");
  }
  // So many messages, in the order of their coming.
  std::vector<Message> take(std::size_t count) {
    std::vector<Message> out;
    while (out.size() < count) {
      auto some = subscriber().take();
      if (some.empty()) break;
      std::move(some.begin(), some.end(), std::back_inserter(out));
    }
    return out;
  }
  void settle(const std::vector<Message>& messages, Fate fate) {
    std::vector<std::uint64_t> tickets;
    for (const auto& message : messages) tickets.push_back(message.ticket);
    subscriber().settle(tickets, fate);
  }
};

TEST_F(SubscriberTest, GivesOutMessagesWithAllThatIsKnownOfThem) {
  fake_->publish("data", {{"b", "2"}, {"a", "1"}}, "user");
  subscriber().start();
  const auto messages = take(1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].data, "data");
  EXPECT_EQ(messages[0].message_id, "1");
  EXPECT_EQ(messages[0].ordering_key, "user");
  EXPECT_EQ(messages[0].publish_time, 1'768'473'045'123'456);
  EXPECT_THAT(messages[0].attributes, ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_EQ(fake_->seen().routing, "subscription=projects%2Fp%2Fsubscriptions%2Fs");
  EXPECT_EQ(fake_->seen().client.size(), 36U);
}

TEST_F(SubscriberTest, AcknowledgesWhatIsStoredAndNothingElse) {
  publish(3'000);
  subscriber().start();
  auto messages = take(3'000);
  ASSERT_EQ(messages.size(), 3'000U);
  const auto kept = messages.back();
  messages.pop_back();
  settle(messages, Fate::kStored);
  EXPECT_TRUE(fake_->wait_until_acknowledged(2'999, 20s));
  EXPECT_TRUE(eventually([&] { return subscriber().stats().acknowledged == 2'999; }));
  EXPECT_EQ(subscriber().stats().held, 1U);
  EXPECT_LE(fake_->seen().acknowledge_calls, 30U) << "many in one request";
  EXPECT_FALSE(fake_->messages()[std::stoul(kept.message_id) - 1].is_acknowledged);
}

TEST_F(SubscriberTest, GivesBackWhatShallComeAgain) {
  publish(1);
  subscriber().start();
  settle(take(1), Fate::kReturned);
  const auto again = take(1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].message_id, "1");
  // More often when it comes faster than the answer to the call that gave it back.
  EXPECT_GE(fake_->messages()[0].deliveries, 2U);
}

TEST_F(SubscriberTest, HoldsNoMoreThanItMay) {
  settings_.held_messages_max = 100;
  publish(5'000);
  subscriber().start();
  std::size_t done = 0;
  while (done < 5'000) {
    const auto messages = subscriber().take();
    ASSERT_FALSE(messages.empty());
    settle(messages, Fate::kStored);
    done += messages.size();
  }
  EXPECT_TRUE(fake_->wait_until_acknowledged(5'000, 20s));
  EXPECT_LE(fake_->seen().outstanding_most, 100U);
  EXPECT_EQ(fake_->seen().pulls, 1U);
}

TEST_F(SubscriberTest, ReadsNoFurtherWhenTheBytesAreMoreThanItMayHold) {
  settings_.held_bytes_max = 1'000;
  const std::string text(2'000, 'x');
  for (int i = 0; i < 20; ++i) fake_->publish(text);
  subscriber().start();
  std::size_t done = 0;
  while (done < 20) {
    const auto messages = subscriber().take();
    ASSERT_FALSE(messages.empty());
    done += messages.size();
    settle(messages, Fate::kStored);
  }
  EXPECT_TRUE(fake_->wait_until_acknowledged(20, 20s));
}

TEST_F(SubscriberTest, KeepsTheLeaseOfWhatItHolds) {
  settings_.ack_deadline = 1s;
  publish(1);
  subscriber().start();
  const auto messages = take(1);
  EXPECT_TRUE(eventually([&] { return fake_->seen().extended >= 2; }));
  EXPECT_EQ(fake_->messages()[0].deliveries, 1U);
  settle(messages, Fate::kStored);
  EXPECT_TRUE(fake_->wait_until_acknowledged(1, 20s));
}

TEST_F(SubscriberTest, GivesOutNoMessageTwiceWhileItIsHeld) {
  publish(2);
  subscriber().start();
  const auto messages = take(2);
  fake_->expire_leases();
  EXPECT_TRUE(eventually([&] { return subscriber().stats().held_already == 2; }));
  settle(messages, Fate::kStored);
  EXPECT_TRUE(fake_->wait_until_acknowledged(2, 20s)) << "by the ids of the second delivery";
}

TEST_F(SubscriberTest, ReadsOnAfterTheCallHasEnded) {
  publish(1);
  subscriber().start();
  const auto first = take(1);
  for (const int code : {kUnavailable, 0, kNotFound}) {
    const auto calls = subscriber().stats().calls;
    fake_->end_pulls(code);
    ASSERT_TRUE(eventually([&] { return subscriber().stats().calls > calls; }));
    publish(1);
    ASSERT_EQ(take(1).size(), 1U) << code;
  }
  EXPECT_EQ(subscriber().error(), std::nullopt);
  settle(first, Fate::kStored);
  EXPECT_TRUE(fake_->wait_until_acknowledged(1, 20s)) << "held since before";
}

TEST_F(SubscriberTest, WaitsForAServiceThatIsAway) {
  fake_->stop_listening();
  subscriber().start();
  EXPECT_TRUE(eventually([&] { return subscriber().stats().failures >= 2; }));
  EXPECT_THAT(subscriber().stats().trouble, HasSubstr("projects/p/subscriptions/s: UNAVAILABLE"));
  fake_->listen_again();
  publish(1);
  const auto messages = take(1);
  EXPECT_EQ(messages.size(), 1U);
  EXPECT_EQ(subscriber().stats().trouble, "");
}

TEST_F(SubscriberTest, AcknowledgesAgainWhatTheServiceDidNotHear) {
  publish(10);
  subscriber().start();
  const auto messages = take(10);
  fake_->fail_acknowledgements(kUnavailable);
  settle(messages, Fate::kStored);
  EXPECT_TRUE(eventually([&] { return fake_->seen().acknowledge_calls >= 3; }));
  EXPECT_EQ(subscriber().stats().held, 10U);
  fake_->fail_acknowledgements(0);
  EXPECT_TRUE(fake_->wait_until_acknowledged(10, 20s));
}

TEST_F(SubscriberTest, SaysAtTheStartWhatAPersonHasToDo) {
  const std::pair<int, const char*> cases[] = {
      {kNotFound, "gcloud pubsub subscriptions create s --project=p "},
      {kPermissionDenied, "--role=roles/pubsub.subscriber"},
      {kUnauthenticated, "GOOGLE_APPLICATION_CREDENTIALS"}};
  for (const auto& [code, remedy] : cases) {
    fake_->fail_pulls(code, "because");
    subscriber_.reset();
    subscriber().start();
    EXPECT_THAT(subscriber().take(), IsEmpty());
    const auto error = subscriber().error();
    ASSERT_TRUE(error);
    EXPECT_FALSE(error->retryable());
    EXPECT_THAT(error->message, AllOf(HasSubstr("because"), HasSubstr(remedy)));
  }
}

TEST_F(SubscriberTest, GivesBackAtTheEndWhatNobodyTook) {
  publish(1'000);
  subscriber().start();
  ASSERT_TRUE(eventually([&] { return subscriber().stats().received == 1'000; }));
  subscriber().stop();
  EXPECT_THAT(subscriber().take(), IsEmpty());
  subscriber().close(Clock::now() + 20s);
  EXPECT_EQ(fake_->seen().returned, 1'000U);
  EXPECT_EQ(subscriber().stats().returned, 1'000U);
}

TEST_F(SubscriberTest, TellsTheServiceOfEverythingBeforeItEnds) {
  settings_.acknowledge_linger = 1h;
  publish(100);
  subscriber().start();
  const auto messages = take(100);
  settle(messages, Fate::kStored);
  subscriber().stop();
  subscriber().close(Clock::now() + 20s);
  EXPECT_EQ(fake_->acknowledged(), 100U);
}

TEST_F(SubscriberTest, EndsInTimeWhenTheServiceIsAway) {
  publish(10);
  subscriber().start();
  const auto messages = take(10);
  fake_->stop_listening();
  settle(messages, Fate::kStored);
  subscriber().stop();
  const auto start = Clock::now();
  subscriber().close(start + 50ms);
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST_F(SubscriberTest, EndsAtOnceWhileItReadsNoFurther) {
  settings_.held_messages_max = 1;
  settings_.held_bytes_max = 1;
  publish(50);
  subscriber().start();
  ASSERT_EQ(take(1).size(), 1U);
  subscriber().stop();
  subscriber().close(Clock::now());
}

}  // namespace
}  // namespace rs::pubsub
