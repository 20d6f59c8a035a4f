#include "event/row_json.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <event.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/time_text.h"
#include "row/decode.h"
#include "row/encode.h"
#include "row/random_row.h"

namespace rs::event {
namespace {

using ::testing::HasSubstr;

std::string json_of(std::string_view encoded, row::JsonForm form = row::JsonForm::kSubscription) {
  std::string json;
  EXPECT_TRUE(row::append_json(json, encoded, form));
  return json;
}

// The row as plain JSON, or why there is none.
std::string read(std::string_view json, const MessageMetadata* metadata = nullptr) {
  RowJsonReader reader;
  const auto row = reader.read(json, metadata);
  return row ? json_of(*row, row::JsonForm::kPlain) : row.error().message;
}

TEST(RowJson, ReadsBackEveryRowThatIsWritten) {
  std::mt19937_64 random(11);
  RowJsonReader reader;
  for (int i = 0; i < 3'000; ++i) {
    real_streaming::Row message;
    row::fill(message, {.filled = (i % 10) / 10.0 + 0.05, .long_texts = i % 50 == 0}, random);
    Arena arena;
    row::Encoder encoder;
    const std::string encoded(encoder.encode(row::view(message, arena)));
    const auto read = reader.read(json_of(encoded));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(*read, encoded) << i;
  }
}

TEST(RowJson, TakesKeysInAnyOrder) {
  EXPECT_EQ(read(R"({"event_id":"e","items":[{"quantity":2,"item_id":"A"},{}],)"
                 R"("device":{"web_info":{"hostname":"h","browser":"b"},"category":"c"},)"
                 R"("event_name":"n","date":"2026-01-15"})"),
            R"({"event_name":"n","device":{"category":"c","web_info":{"browser":"b",)"
            R"("hostname":"h"}},"items":[{"item_id":"A","quantity":2},{}],"date":"2026-01-15",)"
            R"("event_id":"e"})");
}

TEST(RowJson, TakesEveryFormOfAValueThatASubscriptionTakes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({})", "{}"},
      {R"( {"event_name" : null , "items":null} )", "{}"},
      {R"({"event_timestamp":"-9223372036854775808"})",
       R"({"event_timestamp":-9223372036854775808})"},
      {R"({"event_timestamp":2e3})", R"({"event_timestamp":2000})"},
      {R"({"date":20468})", R"({"date":"2026-01-15"})"},
      {R"({"date":"1969-12-31"})", R"({"date":"1969-12-31"})"},
      {R"({"synced_at_utc_":1768473045123456})",
       R"({"synced_at_utc_":"2026-01-15T10:30:45.123456Z"})"},
      {R"({"synced_at_utc_":"2026-01-15 12:30:45.1+02:00"})",
       R"({"synced_at_utc_":"2026-01-15T10:30:45.100000Z"})"},
      {R"({"attributes":"{\"a\":[1]}"})", R"({"attributes":{"a":[1]}})"},
      {R"({"ecommerce":{"value":7}})", R"({"ecommerce":{"value":7}})"},
      {R"({"event_params":[],"is_active_user":true})", R"({"is_active_user":true})"},
      {R"({"event_name":"\u20ac\n"})", "{\"event_name\":\"\xe2\x82\xac\\n\"}"},
  };
  for (const auto& [json, row] : cases) EXPECT_EQ(read(json), row) << json;
}

TEST(RowJson, NamesTheFieldThatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"([])", "it is no object"},
      {R"("x")", "it is no object"},
      {R"({"event_nam":"x"})", "event_nam is no column"},
      {R"({"event_name":"x","event_name":"y"})", "event_name stands there twice"},
      {R"({"event_name":null,"event_name":"y"})", "event_name stands there twice"},
      {R"({"event_name":7})", "event_name is no text"},
      {R"({"event_timestamp":1.5})", "event_timestamp is no INTEGER"},
      {R"({"event_timestamp":9223372036854775808})", "event_timestamp is no INTEGER"},
      {R"({"event_timestamp":"12 "})", "event_timestamp is no INTEGER"},
      {R"({"event_timestamp":true})", "event_timestamp is no INTEGER"},
      {R"({"event_value_in_usd":"1.5"})", "event_value_in_usd is no FLOAT"},
      {R"({"event_value_in_usd":1e999})", "event_value_in_usd is beyond a FLOAT"},
      {R"({"is_active_user":"true"})", "is_active_user is neither true nor false"},
      {R"({"date":"2026-02-30"})", "date is no DATE"},
      {R"({"date":2147483648})", "date is no DATE"},
      {R"({"synced_at_utc_":"2026-01-15"})", "synced_at_utc_ is no TIMESTAMP"},
      {R"({"attributes":{"a":1}})", "attributes is no text with JSON in it"},
      {R"({"attributes":"{\"a\":1"})", "attributes is no text with JSON in it"},
      {R"({"device":[]})", "device is no object"},
      {R"({"items":{}})", "items is no list"},
      {R"({"items":[{"item_id":"A"},{"price":"1"}]})", "items[1].price is no FLOAT"},
      {R"({"items":[null]})", "items[0] is no object"},
      {R"({"event_params":[{"key":"k","value":{"int_value":"x"}}]})",
       "event_params[0].value.int_value is no INTEGER"},
  };
  for (const auto& [json, problem] : cases) EXPECT_EQ(read(json), problem) << json;
}

TEST(RowJson, RefusesWhatIsNoJson) {
  for (const std::string_view json :
       {"", " ", "{", "{}}", "{} x", R"({"event_name":"x",})", R"({"is_active_user":tru})",
        "{\"event_name\":\"\xff\"}", R"({"event_name":"x})", R"({"date":01})"}) {
    EXPECT_THAT(read(json), HasSubstr("it is no JSON")) << json;
  }
}

TEST(RowJson, SetsWhatPubSubKnowsOfTheMessage) {
  const MessageMetadata metadata{.subscription_name = "projects/p/subscriptions/s",
                                 .message_id = "17",
                                 .publish_time = 1'768'473'045'123'456,
                                 .attributes = R"({"event_id":"e"})"};
  constexpr std::string_view kSet =
      R"("subscription_name":"projects/p/subscriptions/s","message_id":"17",)"
      R"("publish_time":"2026-01-15T10:30:45.123456Z","attributes":{"event_id":"e"}})";
  EXPECT_EQ(read(R"({"event_id":"e"})", &metadata), R"({"event_id":"e",)" + std::string(kSet));
  // What the message itself says there does not count, of whatever type it is.
  EXPECT_EQ(read(R"({"message_id":{"a":[]},"attributes":"x","event_name":"n"})", &metadata),
            R"({"event_name":"n",)" + std::string(kSet));
}

TEST(TimeText, ReadsDaysAndMoments) {
  EXPECT_EQ(read_date("1970-01-01"), 0);
  EXPECT_EQ(read_date("0001-01-01"), -719'162);
  EXPECT_EQ(read_date("9999-12-31"), 2'932'896);
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(read_timestamp("1969-12-31T23:59:59.999999Z"), -1);
  EXPECT_EQ(read_timestamp("1970-01-01T00:00:00-00:30"), 1'800'000'000);
  for (const std::string_view text :
       {"", "1970-01-1", "1970-13-01", "1970-01-01 ", "0000-01-01", "19700101", "+970-01-01"}) {
    EXPECT_FALSE(read_date(text)) << text;
  }
  for (const std::string_view text :
       {"", "1970-01-01", "1970-01-01T00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567Z", "1970-01-01T00:00:00+0200", "1970-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(read_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace rs::event
