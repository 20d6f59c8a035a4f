#include "row/subscription_json.h"

#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "row/columns.h"
#include "row/decode.h"
#include "row/encode.h"
#include "row/random_row.h"

namespace rs::row {
namespace {

std::string json_of(const std::string& encoded) {
  std::string out;
  EXPECT_TRUE(append_json(out, encoded, JsonForm::kSubscription));
  return out;
}

std::string json_of(const Row& row) {
  Encoder encoder;
  return json_of(std::string(encoder.encode(row)));
}

// The names of all columns that have a value, nested ones with their path.
void note_columns(const google::protobuf::Message& message, const std::string& path,
                  std::set<std::string>& seen) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const std::string name = path + field->name();
    seen.insert(name);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      note_columns(reflection->GetMessage(message, field), name + ".", seen);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      note_columns(reflection->GetRepeatedMessage(message, field, i), name + ".", seen);
    }
  }
}

std::size_t count_columns(std::span<const Column> columns) {
  std::size_t count = columns.size();
  for (const Column& column : columns) count += count_columns(column.children);
  return count;
}

TEST(SubscriptionJson, HoldsEveryColumnOfRandomRows) {
  std::mt19937_64 random(47);
  std::set<std::string> seen;
  for (const double filled : {0.05, 0.3, 0.7, 1.0}) {
    for (int i = 0; i < 50; ++i) {
      real_streaming::Row message, read;
      fill(message, {.filled = filled}, random);
      note_columns(message, "", seen);
      const auto json = json_of(message.SerializeAsString());
      ASSERT_EQ(read_subscription_json(json, read), "") << json;
      ASSERT_EQ(read.SerializeAsString() == message.SerializeAsString(), true) << json;
    }
  }
  EXPECT_EQ(seen.size(), count_columns(columns()));
}

TEST(SubscriptionJson, WritesEachTypeAsTheSubscriptionReadsIt) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  const std::pair<Row, const char*> cases[] = {
      {{.event_timestamp = kExact}, R"({"event_timestamp":9007199254740992})"},
      {{.event_timestamp = kExact + 1}, R"({"event_timestamp":"9007199254740993"})"},
      {{.event_timestamp = -kExact}, R"({"event_timestamp":-9007199254740992})"},
      {{.event_timestamp = -kExact - 1}, R"({"event_timestamp":"-9007199254740993"})"},
      {{.event_value_in_usd = 99.99}, R"({"event_value_in_usd":99.99})"},
      {{.is_active_user = false}, R"({"is_active_user":false})"},
      {{.date = 20'468}, R"({"date":"2026-01-15"})"},
      {{.synced_at_utc_ = 1'768'473'045'123'456},
       R"({"synced_at_utc_":"2026-01-15T10:30:45.123456Z"})"},
      {{.attributes = R"({"a":["\n",null]})"}, R"({"attributes":"{\"a\":[\"\\n\",null]}"})"},
      {{}, "{}"},
  };
  for (const auto& [row, json] : cases) EXPECT_EQ(json_of(row), json);
}

TEST(SubscriptionJson, CheckerFindsWhatASubscriptionWouldNotTake) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "row is no object"},
      {"{", "the data is no JSON"},
      {R"({"evnt_name":"a"})", "row.evnt_name is no column"},
      {R"({"event_name":"a","event_name":"b"})", "row.event_name stands there twice"},
      {R"({"event_name":null})", "row.event_name is no string"},
      {R"({"event_timestamp":9007199254740993})", "row.event_timestamp is no INT64"},
      {R"({"event_timestamp":1.5})", "row.event_timestamp is no INT64"},
      {R"({"event_timestamp":"12x"})", "row.event_timestamp is no INT64"},
      {R"({"date":"2026-02-30"})", "row.date is no DATE"},
      {R"({"synced_at_utc_":"2026-01-15 10:30:45"})", "row.synced_at_utc_ is no TIMESTAMP"},
      {R"({"attributes":{"a":1}})", "row.attributes is no string"},
      {R"({"attributes":"{"})", "row.attributes is no string with JSON in it"},
      {R"({"items":{"item_id":"a"}})", "row.items is no array"},
      {R"({"items":[{"price":"1"}]})", "row.items.price is no FLOAT64"},
      {R"({"device":{"is_bot":"true"}})", "row.device.is_bot is no BOOL"},
  };
  real_streaming::Row row;
  for (const auto& [json, problem] : cases) EXPECT_EQ(read_subscription_json(json, row), problem);
}

}  // namespace
}  // namespace rs::row
