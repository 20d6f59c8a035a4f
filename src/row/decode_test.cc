#include "row/decode.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "row/encode.h"
#include "row/random_row.h"

namespace rs::row {
namespace {

std::string json_of(const Row& row) {
  Encoder encoder;
  std::string out;
  EXPECT_TRUE(append_json(out, encoder.encode(row)));
  return out;
}

TEST(RowJson, ReadsAsTheRowWasWritten) {
  const EventParam params[] = {
      {.key = "page_location", .value = ParamValue{.string_value = "https://a.example/?q=\"x\"\n"}},
      {.key = "nothing"},
      {.key = "value", .value = ParamValue{.double_value = 99.99}},
  };
  const Item items[] = {{.item_id = "SKU", .price = 0.1, .item_params = {params, 1}, .index = 4}};
  const Row row{.event_timestamp = 1'768'473'045'123'456,
                .event_name = "",
                .event_params = params,
                .user_ltv = UserLtv{},
                .device = Device{.web_info = WebInfo{.hostname = "a.example"}, .is_bot = false},
                .items = items,
                .batch_page_id = std::numeric_limits<std::int64_t>::min(),
                .date = 20'468,
                .synced_at_utc_ = 1'768'473'045'123'456,
                .attributes = R"({"a":[1,null]})"};
  EXPECT_EQ(json_of(row),
            R"({"event_timestamp":1768473045123456,"event_name":"","event_params":[)"
            R"({"key":"page_location","value":{"string_value":"https://a.example/?q=\"x\"\n"}},)"
            R"({"key":"nothing"},{"key":"value","value":{"double_value":99.99}}],"user_ltv":{},)"
            R"("device":{"web_info":{"hostname":"a.example"},"is_bot":false},)"
            R"("items":[{"item_id":"SKU","price":0.1,"item_params":[{"key":"page_location",)"
            R"("value":{"string_value":"https://a.example/?q=\"x\"\n"}}],"index":4}],)"
            R"("batch_page_id":-9223372036854775808,"date":"2026-01-15",)"
            R"("synced_at_utc_":"2026-01-15T10:30:45.123456Z","attributes":{"a":[1,null]}})");
}

TEST(RowJson, LeavesOutWhatIsNull) {
  EXPECT_EQ(json_of(Row{}), "{}");
}

TEST(RowJson, ClosesAListThatIsLast) {
  const EventParam params[] = {{.key = "a"}, {}};
  EXPECT_EQ(json_of(Row{.event_params = params}), R"({"event_params":[{"key":"a"},{}]})");
}

TEST(RowJson, KeepsMoneyExact) {
  for (const auto& [value, text] :
       {std::pair{99.99, "99.99"}, {19.99, "19.99"}, {0.1, "0.1"}, {-5.0, "-5"}}) {
    EXPECT_EQ(json_of(Row{.ecommerce = Ecommerce{.value = value}}),
              std::string(R"({"ecommerce":{"value":)") + text + "}}");
  }
}

TEST(RowJson, WritesDatesAsDatesUpToTheirLimits) {
  const std::pair<std::int32_t, const char*> cases[] = {
      {0, R"("1970-01-01")"},
      {-1, R"("1969-12-31")"},
      {-719'162, R"("0001-01-01")"},
      {-719'163, "-719163"},
      {2'932'896, R"("9999-12-31")"},
      {2'932'897, "2932897"},
      {std::numeric_limits<std::int32_t>::min(), "-2147483648"},
  };
  for (const auto& [days, text] : cases) {
    EXPECT_EQ(json_of(Row{.date = days}), std::string(R"({"date":)") + text + "}");
  }
}

TEST(RowJson, WritesTimestampsAsTimestampsUpToTheirLimits) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, R"("1970-01-01T00:00:00.000000Z")"},
      {-1, R"("1969-12-31T23:59:59.999999Z")"},
      {-62'135'596'800'000'000, R"("0001-01-01T00:00:00.000000Z")"},
      {-62'135'596'800'000'001, "-62135596800000001"},
      {253'402'300'799'999'999, R"("9999-12-31T23:59:59.999999Z")"},
      {253'402'300'800'000'000, "253402300800000000"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"},
  };
  for (const auto& [micros, text] : cases) {
    EXPECT_EQ(json_of(Row{.publish_time = micros}),
              std::string(R"({"publish_time":)") + text + "}");
  }
}

TEST(RowJson, HoldsEveryValueOfTheRow) {
  std::mt19937_64 random(2);
  for (const double filled : {0.05, 0.3, 0.7, 1.0}) {
    for (int i = 0; i < 50; ++i) {
      real_streaming::Row message;
      fill(message, {.filled = filled, .table_types = false}, random);
      std::string json;
      ASSERT_TRUE(append_json(json, message.SerializeAsString()));
      real_streaming::Row read;
      const auto status = google::protobuf::util::JsonStringToMessage(json, &read);
      ASSERT_TRUE(status.ok()) << status.ToString() << '\n' << json;
      ASSERT_EQ(read.SerializeAsString() == message.SerializeAsString(), true) << json;
    }
  }
}

TEST(RowJson, MakesTextValidUtf8) {
  const std::pair<std::string_view, const char*> cases[] = {
      {"caf\xc3\xa9", "caf\xc3\xa9"},
      {"caf\xc3", "caf\\ufffd"},
      {std::string_view("\0", 1), "\\u0000"},
  };
  for (const auto& [text, json] : cases) {
    EXPECT_EQ(json_of(Row{.user_id = text}), std::string(R"({"user_id":")") + json + "\"}");
  }
}

TEST(RowJson, RefusesMalformedBytesAndLeavesTheTextAsItWas) {
  Encoder encoder;
  const EventParam params[] = {{.key = "a", .value = ParamValue{.int_value = 1}}};
  const std::string encoded(encoder.encode(Row{.event_params = params}));
  for (std::size_t size = 1; size < encoded.size(); ++size) {
    std::string out = "before";
    const auto result = append_json(out, std::string_view(encoded).substr(0, size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput);
    EXPECT_EQ(out, "before");
  }
}

}  // namespace
}  // namespace rs::row
