// The Pub/Sub sink when the service fails: cases 47 to 51 of the fault matrix, and those beside
// them. Delivery's part, writing a batch again after a retryable Error, is played by the tests.
#include <algorithm>
#include <atomic>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "pubsub/sink_fixture.h"

namespace rs::pubsub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

// Status codes of gRPC.
constexpr int kDeadlineExceeded = 4, kNotFound = 5, kPermissionDenied = 7, kExhausted = 8,
              kAborted = 10, kInternal = 13, kUnavailable = 14, kUnauthenticated = 16;

class PubSubFaults : public PubSub {
 protected:
  // The first requests end with this fault, all others well.
  void fail_first(std::size_t times, const fakes::PublishFault& fault) {
    fake_->on_publish([=](const fakes::PublishSeen& seen) {
      return seen.number < times ? fault : fakes::PublishFault{};
    });
  }
  // Writes as often as Delivery would: until the outcome is not a retryable Error.
  sink::WriteResult deliver(const row::Batch& batch) {
    for (;;) {
      auto result = write(batch);
      if (result || !result.error().retryable()) return result;
      ++retries_;
    }
  }
  unsigned retries_ = 0;
};

TEST_F(PubSubFaults, Case47AnAnswerThatIsLostAfterAcceptIsRetriedAndMayDouble) {
  start();
  const int codes[] = {kUnavailable, kDeadlineExceeded, kInternal, kAborted, kExhausted};
  for (const int code : codes) {
    const auto before = fake_->requests().size();
    const auto taken = fake_->messages_taken();
    fake_->on_publish([=](const fakes::PublishSeen& seen) {
      if (seen.number > before) return fakes::PublishFault{};
      return fakes::PublishFault{.code = code, .keeps_messages = true};
    });
    retries_ = 0;
    const auto result = deliver(rows(10));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(retries_, 1U);
    EXPECT_EQ(fake_->messages_taken() - taken, 20U);
  }
}

TEST_F(PubSubFaults, AnAttemptWithoutAnswerEndsAtItsTimeout) {
  settings_.publish_timeout = std::chrono::milliseconds(100);
  start();
  fail_first(1, {.is_silent = true});
  const auto batch = rows(2);
  const auto result = write(batch);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().retryable());
  EXPECT_THAT(result.error().message, HasSubstr("DEADLINE_EXCEEDED"));
  ASSERT_TRUE(write(batch));
  EXPECT_THAT(ids(), ElementsAre("0", "1"));
}

TEST_F(PubSubFaults, Case48AWrongNumberOfMessageIdsFailsTheWholeBatch) {
  start();
  fail_first(1, {.ids_missing = 1});
  const auto batch = rows(10);
  const auto result = write(batch);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().retryable());
  EXPECT_THAT(result.error().message, HasSubstr("INTERNAL: 9 message ids came for 10 messages"));
  ASSERT_TRUE(write(batch));
  EXPECT_EQ(sink().stats().failures, 1U);
}

TEST_F(PubSubFaults, Case49OneInvalidMessageOfAThousandIsFoundAndAllOthersArePublished) {
  start();
  fake_->refuse_data_with("poison");
  for (const std::size_t bad : {0U, 1U, 499U, 500U, 998U, 999U}) {
    row::Batch batch;
    row::Encoder encoder;
    for (std::size_t i = 0; i < 1'000; ++i) {
      batch.append(encoder.encode(
          {.event_name = i == bad ? "poison" : "view", .event_id = std::to_string(i)}));
    }
    const auto requests = fake_->requests().size();
    const auto taken = fake_->messages_taken();
    const auto result = write(batch);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->size(), 1U);
    EXPECT_EQ((*result)[0].index, bad);
    EXPECT_THAT((*result)[0].reason, HasSubstr("INVALID_ARGUMENT: a message is not valid"));
    EXPECT_EQ(fake_->messages_taken() - taken, 999U);
    EXPECT_LT(fake_->requests().size() - requests, 40U);
  }
  const auto all = ids();
  EXPECT_EQ(all.size(), 6U * 999);
}

TEST_F(PubSubFaults, RejectsEveryMessageOfABatchInWhichAllAreInvalid) {
  start();
  fake_->refuse_data_with("view");
  const auto result = write(rows(20));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ((*result)[i].index, i);
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_EQ(sink().stats().row_errors, 20U);
}

TEST_F(PubSubFaults, Case50AFailureInTheMiddleOfAUsersMessagesKeepsTheirOrder) {
  settings_.ordering = PubSubOrdering::kUser;
  settings_.request_messages_max = 5;
  start();
  std::atomic<int> failures{0};
  fake_->on_publish([&](const fakes::PublishSeen& seen) -> fakes::PublishFault {
    // The second request of user a: twice, once with its messages kept.
    const auto& first = seen.messages[0];
    if (first.ordering_key != "a" || first.attributes.at("event_id") != "10") return {};
    const int number = failures++;
    if (number > 1) return {};
    return {.code = kUnavailable, .keeps_messages = number == 0};
  });
  const auto first = rows(40, 0, {"a", "b"}), second = rows(40, 40, {"a", "b"});
  const auto result = write(first);
  ASSERT_FALSE(result);
  // Nothing of user a went past the failure, and user b did not wait for it.
  EXPECT_EQ(ids("a"), numbers(0, 20, 2));
  EXPECT_EQ(ids("b"), numbers(1, 40, 2));
  ASSERT_TRUE(deliver(first));
  ASSERT_TRUE(deliver(second));
  EXPECT_EQ(retries_, 1U);

  auto expected = numbers(0, 80, 2);
  const auto doubled = numbers(10, 20, 2);
  expected.insert(expected.begin() + 10, doubled.begin(), doubled.end());
  EXPECT_EQ(ids("a"), expected);
  EXPECT_EQ(ids("b"), numbers(1, 80, 2));
}

TEST_F(PubSubFaults, KeepsTheOrderAroundAnInvalidMessage) {
  settings_.ordering = PubSubOrdering::kUser;
  start();
  fake_->refuse_data_with("\"event_id\":\"13\"");
  const auto result = write(rows(30));
  ASSERT_TRUE(result);
  ASSERT_EQ(result->size(), 1U);
  EXPECT_EQ((*result)[0].index, 13U);
  auto expected = numbers(0, 30);
  expected.erase(expected.begin() + 13);
  EXPECT_EQ(ids(), expected);
}

TEST_F(PubSubFaults, Case51ATopicThatIsNotThereYetIsTriedAgain) {
  settings_.create_topic = true;
  ASSERT_TRUE(sink().open());
  fail_first(5, {.code = kNotFound, .text = "Topic not found"});
  ASSERT_TRUE(deliver(rows(3)));
  EXPECT_EQ(retries_, 5U);
  EXPECT_THAT(ids(), ElementsAre("0", "1", "2"));
}

TEST_F(PubSubFaults, HoldsRowsWhileATopicOrARightIsMissing) {
  start();
  const auto batch = rows(3);
  fake_->delete_topic(kTopic);
  const auto missing = write(batch);
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().retryable());
  EXPECT_THAT(missing.error().message, HasSubstr("gcloud pubsub topics create t --project=p"));
  EXPECT_FALSE(fake_->has_topic(kTopic));  // Its subscriptions are gone too: a person decides.
  fake_->create_topic(kTopic);
  for (const int code : {kPermissionDenied, kUnauthenticated}) {
    fake_->on_publish([=](const auto&) { return fakes::PublishFault{.code = code}; });
    const auto denied = write(batch);
    ASSERT_FALSE(denied);
    EXPECT_TRUE(denied.error().retryable());
  }
  fake_->on_publish({});
  ASSERT_TRUE(write(batch));
  EXPECT_THAT(ids(), ElementsAre("0", "1", "2"));
}

TEST_F(PubSubFaults, SendsOnlyWhatIsOpenWhenABatchIsWrittenAgain) {
  settings_.request_messages_max = 10;
  start();
  fake_->refuse_data_with("\"event_id\":\"3\"");
  std::atomic<bool> failed{false};
  fake_->on_publish([&](const fakes::PublishSeen& seen) -> fakes::PublishFault {
    const bool is_third = seen.messages[0].attributes.at("event_id") == "20";
    return {.code = is_third && !failed.exchange(true) ? kUnavailable : 0};
  });
  const auto batch = rows(50);
  ASSERT_FALSE(write(batch));
  const auto result = write(batch);
  ASSERT_TRUE(result);
  // The row that was found bad at the first time is told with the second.
  ASSERT_EQ(result->size(), 1U);
  EXPECT_EQ((*result)[0].index, 3U);
  auto expected = numbers(0, 50);
  expected.erase(expected.begin() + 3);
  EXPECT_THAT(ids(), UnorderedElementsAreArray(expected));
}

TEST_F(PubSubFaults, GoesOnWhenTheServiceIsBack) {
  start();
  const auto batch = rows(3);
  fake_->stop_listening();
  ASSERT_FALSE(write(batch));
  fake_->listen_again();
  ASSERT_TRUE(deliver(batch));
  EXPECT_THAT(ids(), ElementsAre("0", "1", "2"));
}

TEST_F(PubSubFaults, GivesUpWhatIsOnItsWayWhenItCloses) {
  start();
  fake_->on_publish([](const auto&) { return fakes::PublishFault{.is_silent = true}; });
  const auto first = rows(3), second = rows(3);
  auto one = begin(first), other = begin(second);
  sink().close();
  for (auto* outcome : {&one, &other}) {
    ASSERT_EQ(outcome->wait_for(std::chrono::seconds(0)), std::future_status::ready);
    const auto result = outcome->get();
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().retryable());
  }
}

}  // namespace
}  // namespace rs::pubsub
