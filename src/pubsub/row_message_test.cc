// What is written by hand is what protobuf would write.
#include "pubsub/row_message.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <event.pb.h>
#include <gmock/gmock.h>
#include <google/pubsub/v1/pubsub.pb.h>
#include <gtest/gtest.h>

#include "row/decode.h"
#include "row/random_row.h"
#include "sink/sink_fixture.h"

namespace rs::pubsub {
using sink::encoded;
namespace {

using ::google::pubsub::v1::PublishRequest;

// What stands in `bytes`. Fails the test unless protobuf itself would write as many.
PublishRequest parsed(const std::string& bytes) {
  PublishRequest request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  EXPECT_EQ(request.ByteSizeLong(), bytes.size());
  return request;
}

std::string random_row(double filled, std::mt19937_64& random) {
  real_streaming::Row message;
  row::fill(message, {.filled = filled}, random);
  return message.SerializeAsString();
}

TEST(PublishRequest, IsWhatProtobufReads) {
  std::mt19937_64 random(5);
  for (const auto ordering : {PubSubOrdering::kNone, PubSubOrdering::kUser}) {
    std::string bytes = "left from before";
    begin_publish_request(bytes, "projects/p/topics/t");
    std::vector<std::string> rows;
    for (int i = 0; i < 300; ++i) {
      rows.push_back(random_row(i % 10 / 10.0, random));
      ASSERT_TRUE(append_message(bytes, rows.back(), ordering));
    }
    const auto request = parsed(bytes);
    EXPECT_EQ(request.topic(), "projects/p/topics/t");
    ASSERT_EQ(request.messages_size(), 300);
    for (int i = 0; i < 300; ++i) {
      const auto& message = request.messages(i);
      real_streaming::Row row;
      ASSERT_TRUE(row.ParseFromString(rows[static_cast<std::size_t>(i)]));
      std::string json;
      ASSERT_TRUE(
          row::append_json(json, rows[static_cast<std::size_t>(i)], row::JsonForm::kSubscription));
      ASSERT_EQ(message.data(), json);
      std::map<std::string, std::string> expected;
      const auto expect = [&](const char* name, const std::string& value) {
        if (!value.empty()) expected[name] = value.substr(0, kAttributeBytesMax);
      };
      expect("event_id", row.event_id());
      expect("event_name", row.event_name());
      expect("stream_id", row.stream_id());
      const std::map<std::string, std::string> attributes(message.attributes().begin(),
                                                          message.attributes().end());
      ASSERT_EQ(attributes.size(), expected.size());
      for (const auto& [name, value] : attributes) {
        ASSERT_EQ(value.substr(0, 1'000), expected[name].substr(0, 1'000)) << name;
      }
      const bool is_ordered = ordering == PubSubOrdering::kUser;
      ASSERT_EQ(message.ordering_key().substr(0, 1'000),
                is_ordered ? row.user_pseudo_id().substr(0, 1'000) : "");
    }
  }
}

// Lengths of one, two and three bytes, and those at which one more is needed.
TEST(PublishRequest, HoldsMessagesOfEveryLength) {
  constexpr std::size_t kSizes[] = {0,   60,     70,     80,     90,     100,       110,      120,
                                    130, 16'300, 16'350, 16'400, 16'500, 2'097'100, 2'097'200};
  for (const std::size_t size : kSizes) {
    std::string bytes;
    begin_publish_request(bytes, "t");
    const std::string text(size, 'x');
    const auto row = encoded({.user_id = text});
    ASSERT_TRUE(append_message(bytes, row, PubSubOrdering::kNone));
    ASSERT_TRUE(append_message(bytes, encoded({.event_id = "after"}), PubSubOrdering::kNone));
    const auto request = parsed(bytes);
    ASSERT_EQ(request.messages_size(), 2);
    EXPECT_EQ(request.messages(0).data(), R"({"user_id":")" + text + R"("})");
    EXPECT_EQ(request.messages(1).attributes().at("event_id"), "after");
  }
}

TEST(PublishRequest, StaysAsItWasWhenARowDoesNotFit) {
  std::string bytes;
  begin_publish_request(bytes, "t");
  ASSERT_TRUE(append_message(bytes, encoded({.event_id = "e"}), PubSubOrdering::kNone));
  const std::string before = bytes, text(kMessageBytesMax, 'x');
  const auto malformed = append_message(bytes, "\xff", PubSubOrdering::kNone);
  ASSERT_FALSE(malformed);
  EXPECT_EQ(malformed.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(bytes, before);
  const auto large = append_message(bytes, encoded({.user_id = text}), PubSubOrdering::kNone);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(bytes, before);
}

}  // namespace
}  // namespace rs::pubsub
