// The Pub/Sub sink when all goes well, and what it needs before it starts.
#include "pubsub/sink.h"

#include <random>
#include <set>
#include <string>

#include <event.pb.h>
#include <gmock/gmock.h>

#include "pubsub/row_message.h"
#include "pubsub/sink_fixture.h"
#include "row/random_row.h"
#include "row/subscription_json.h"

namespace rs::pubsub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAreArray;

constexpr int kPermissionDenied = 7, kUnavailable = 14;  // Status codes of gRPC.

TEST_F(PubSub, PublishesARowAsJsonWithAttributes) {
  start();
  const auto result = write(batch_of({encoded({.event_name = "page_view",
                                               .user_pseudo_id = "u1",
                                               .stream_id = "7",
                                               .date = 20'468,
                                               .event_id = "e1"})}));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(*result, IsEmpty());
  const auto messages = fake_->messages();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].data, R"({"event_name":"page_view","user_pseudo_id":"u1","stream_id":"7",)"
                              R"("date":"2026-01-15","event_id":"e1"})");
  EXPECT_THAT(
      messages[0].attributes,
      ElementsAre(Pair("event_id", "e1"), Pair("event_name", "page_view"), Pair("stream_id", "7")));
  EXPECT_EQ(messages[0].ordering_key, "");
  EXPECT_EQ(fake_->requests()[0].routing, "topic=projects%2Fp%2Ftopics%2Ft");
}

TEST_F(PubSub, PublishesRandomRowsAsASubscriptionReadsThem) {
  start();
  std::mt19937_64 random(3);
  row::Batch batch;
  std::multiset<std::string> expected, published;
  for (int i = 0; i < 200; ++i) {
    real_streaming::Row message;
    row::fill(message, {.filled = 0.3}, random);
    const auto bytes = message.SerializeAsString();
    batch.append(bytes);
    expected.insert(bytes);
  }
  ASSERT_TRUE(write(batch));
  for (const auto& message : fake_->messages()) {
    real_streaming::Row row;
    ASSERT_EQ(row::read_subscription_json(message.data, row), "");
    for (const auto& [name, value] : message.attributes) EXPECT_LE(value.size(), 1024U) << name;
    const auto id = message.attributes.find("event_id");
    EXPECT_EQ(id == message.attributes.end() ? "" : id->second, row.event_id().substr(0, 1024));
    published.insert(row.SerializeAsString());
  }
  EXPECT_TRUE(published == expected);
}

TEST_F(PubSub, SplitsABatchAtTheLimitsOfARequest) {
  settings_.request_messages_max = 100;
  start();
  ASSERT_TRUE(write(rows(250)));
  EXPECT_THAT(ids(), UnorderedElementsAreArray(numbers(0, 250)));
  EXPECT_EQ(fake_->requests().size(), 3U);
}

TEST_F(PubSub, SplitsABatchAtTheBytesOfARequest) {
  settings_.request_bytes_max = 2'000;
  start();
  ASSERT_TRUE(write(rows(100)));
  EXPECT_THAT(ids(), UnorderedElementsAreArray(numbers(0, 100)));
  EXPECT_GT(fake_->requests().size(), 5U);
  for (const auto& request : fake_->requests()) EXPECT_LE(request.bytes, 2'000U);
  // What no request can hold beside another goes alone.
  const std::string text(3'000, 'x');
  ASSERT_TRUE(
      write(batch_of({encoded({.event_name = "a"}), encoded({.event_name = "b", .user_id = text}),
                      encoded({.event_name = "c"})})));
  EXPECT_EQ(fake_->messages().size(), 103U);
}

TEST_F(PubSub, RejectsWhatNoMessageCanHold) {
  start();
  const std::string text(kMessageBytesMax, 'x');
  const auto good = encoded({.event_name = "a"});
  const auto result =
      write(batch_of({good, "\xff", encoded({.event_name = "b", .user_id = text}), good}));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->size(), 2U);
  EXPECT_EQ((*result)[0].index, 1U);
  EXPECT_THAT((*result)[0].reason, HasSubstr("malformed"));
  EXPECT_EQ((*result)[1].index, 2U);
  EXPECT_THAT((*result)[1].reason, HasSubstr("10000000"));
  EXPECT_EQ(fake_->messages().size(), 2U);
  EXPECT_EQ(fake_->requests().size(), 1U);
}

TEST_F(PubSub, CutsAttributesToWhatTheyCanHold) {
  start();
  std::string name(1'023, 'x');
  name += "\xc3\xa9";
  ASSERT_TRUE(write(batch_of({encoded({.event_name = name, .event_id = "\xff"})})));
  EXPECT_THAT(fake_->messages()[0].attributes,
              ElementsAre(Pair("event_id", ""), Pair("event_name", std::string(1'023, 'x'))));
}

TEST_F(PubSub, HasSeveralRequestsOnTheWay) {
  start();
  fake_->on_publish(
      [](const auto& seen) { return fakes::PublishFault{.is_silent = seen.number == 0}; });
  const auto first = rows(1), second = rows(1, 1);
  const auto waiting = begin(first);
  ASSERT_TRUE(write(second));
  EXPECT_THAT(ids(), ElementsAre("1"));
  EXPECT_GE(sink().window(), 2U);
  sink().close();
}

TEST_F(PubSub, SendsOneRequestForEachUserWhenOrderIsKept) {
  settings_.ordering = PubSubOrdering::kUser;
  start();
  EXPECT_EQ(sink().window(), 1U);
  ASSERT_TRUE(write(rows(90, 0, {"a", "b", "c"})));
  EXPECT_EQ(fake_->requests().size(), 3U);
  EXPECT_EQ(ids("a"), numbers(0, 90, 3));
  EXPECT_EQ(ids("c"), numbers(2, 90, 3));
}

TEST_F(PubSub, CountsWhatItDoes) {
  EXPECT_TRUE(sink().stats().remote);
  start();
  ASSERT_TRUE(write(rows(3)));
  const auto stats = sink().stats();
  EXPECT_EQ(stats.requests, 1U);
  EXPECT_EQ(stats.connections, 1U);
  EXPECT_EQ(stats.round_trip_micros.count(), 1U);
}

TEST_F(PubSub, AMissingTopicStopsTheStartWithTheCommandThatCreatesIt) {
  const auto opened = sink().open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable());
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr("projects/p/topics/t"),
                    HasSubstr("gcloud pubsub topics create t --project=p ")));
  EXPECT_FALSE(fake_->has_topic(kTopic));
}

TEST_F(PubSub, CreatesAMissingTopicWhenTold) {
  settings_.create_topic = true;
  ASSERT_TRUE(sink().open());
  EXPECT_TRUE(fake_->has_topic(kTopic));
  ASSERT_TRUE(write(rows(1)));
}

TEST_F(PubSub, AServiceThatIsAwayDoesNotStopTheStart) {
  fake_->stop_listening();
  const auto opened = sink().open();
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().retryable()) << opened.error().message;
  const auto result = write(rows(1));
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().retryable());
}

TEST_F(PubSub, AMissingRightStopsTheStartWithTheRemedy) {
  const std::pair<const char*, const char*> cases[] = {
      {"User not authorized to perform this action.", "print-setup pubsub"},
      {"Cloud Pub/Sub API has not been used in project p before", "gcloud services enable"}};
  for (const auto& [text, remedy] : cases) {
    fake_->fail_topic_calls(kPermissionDenied, text);
    const auto opened = sink().open();
    ASSERT_FALSE(opened);
    EXPECT_FALSE(opened.error().retryable());
    EXPECT_THAT(opened.error().message, AllOf(HasSubstr(text), HasSubstr(remedy)));
  }
  fake_->fail_topic_calls(kUnavailable);
  EXPECT_TRUE(sink().open().error().retryable());
  fake_->fail_topic_calls(0);
  fake_->create_topic(kTopic);
  EXPECT_TRUE(sink().open());
}

TEST_F(PubSub, CredentialsThatAreMissingStopTheStart) {
  settings_.emulator.clear();
  const auto opened = sink().open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable());
}

}  // namespace
}  // namespace rs::pubsub
