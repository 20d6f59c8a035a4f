#include "duckdb/sink.h"

#include <limits>
#include <random>
#include <string>

#include <event.pb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "duckdb/store_fixture.h"
#include "row/print_schema.h"
#include "row/random_row.h"

namespace rs::duckdb {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::HasSubstr;

// DATE and TIMESTAMP as the numbers they are on the wire.
constexpr const char* kAsNumbers =
    "SELECT * REPLACE (date - DATE '1970-01-01' AS date, epoch_us(synced_at_utc_) AS "
    "synced_at_utc_, epoch_us(publish_time) AS publish_time) FROM events";

std::string expected_json(const Message& message);

std::string expected_value(const Message& message, const FieldDescriptor* field) {
  const auto* reflection = message.GetReflection();
  std::string out;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = reflection->GetString(message, field);
      if (field->name() == "attributes") return text;
      out = "\"";
      append_json_escaped(out, text);
      return out + "\"";
    }
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      append_json_number(out, reflection->GetDouble(message, field));
      return out;
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return expected_json(reflection->GetMessage(message, field));
    default:
      ADD_FAILURE() << field->full_name();
      return out;
  }
}

// Every column, NULL where the message has nothing.
std::string expected_json(const Message& message) {
  const auto* reflection = message.GetReflection();
  std::string out = "{";
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    out += (i > 0 ? ",\"" : "\"") + field->name() + "\":";
    if (!field->is_repeated()) {
      out += reflection->HasField(message, field) ? expected_value(message, field) : "null";
      continue;
    }
    const int count = reflection->FieldSize(message, field);
    for (int element = 0; element < count; ++element) {
      out += element > 0 ? "," : "[";
      out += expected_json(reflection->GetRepeatedMessage(message, field, element));
    }
    out += count > 0 ? "]" : "null";
  }
  return out + "}";
}

class LocalSinkTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    const auto opened = sink_.open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  void write(const std::vector<std::string>& rows) {
    const auto result = write_rows(sink_, rows);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_TRUE(result->empty()) << result->front().reason;
  }
  std::string ask(const std::string& sql) {
    return duckdb::ask(sink_.store(), sql, query::QueryFormat::kCsv);
  }
  TemporaryFolder folder_;
  LocalSink sink_{folder_.path()};
};

TEST_F(LocalSinkTest, KeepsEveryColumnOfRandomRowsExact) {
  std::mt19937_64 random(20261122);
  std::vector<std::string> rows;
  std::string expected = "[";
  for (int i = 0; i < 120; ++i) {
    real_streaming::Row message;
    row::RandomRowSettings settings;
    settings.filled = i % 3 == 0 ? 1.0 : 0.4;
    row::fill(message, settings, random);
    // Within what DuckDB's types hold.
    if (message.has_date()) message.set_date(message.date() % 1'000'000);
    if (message.has_synced_at_utc_()) {
      message.set_synced_at_utc_(message.synced_at_utc_() % 1'000'000'000'000'000'000);
    }
    if (message.has_publish_time()) {
      message.set_publish_time(message.publish_time() % 1'000'000'000'000'000'000);
    }
    rows.push_back(message.SerializeAsString());
    expected += (i > 0 ? ",\n" : "\n") + expected_json(message);
  }
  write(rows);
  EXPECT_EQ(duckdb::ask(sink_.store(), kAsNumbers), expected + "\n]\n");
  sink_.close();
  open();
  EXPECT_EQ(duckdb::ask(sink_.store(), kAsNumbers), expected + "\n]\n");
}

TEST_F(LocalSinkTest, TellsNullFromEmptyAndKeepsMoneyExact) {
  write({encoded({.event_name = "", .ecommerce = row::Ecommerce{.value = 99.99}}),
         encoded({.device = row::Device{}})});
  EXPECT_EQ(ask("SELECT event_name IS NULL AS a, event_name AS b, ecommerce.value AS c, "
                "ecommerce.value = 99.99 AS d, device IS NULL AS e, event_params IS NULL AS f "
                "FROM events"),
            "a,b,c,d,e,f\r\nfalse,\"\",99.99,true,true,true\r\ntrue,,,,false,true\r\n");
}

TEST_F(LocalSinkTest, KeepsTextsOfEveryLengthAndScript) {
  std::vector<std::string> texts = {"\xd0\x9a\xd0\xb8\xd1\x97\xd0\xb2", "\xf0\x9f\x9b\x92",
                                    std::string("a\0b", 3)};
  for (const std::size_t length : {0U, 1U, 11U, 12U, 13U, 255U, 256U, 70'000U})
    texts.emplace_back(length, 'x');
  std::vector<std::string> rows;
  for (const auto& text : texts) rows.push_back(encoded({.user_id = text}));
  write(rows);
  for (const auto& text : texts) {
    std::string quoted;
    append_json_escaped(quoted, text);
    EXPECT_THAT(duckdb::ask(sink_.store(), "SELECT user_id FROM events WHERE strlen(user_id) = " +
                                               std::to_string(text.size())),
                HasSubstr("{\"user_id\":\"" + quoted + "\"}"));
  }
}

TEST_F(LocalSinkTest, KeepsRowsApartWhenChunksFillAndListsGrow) {
  constexpr std::size_t kRows = 5'000;  // More than two chunks.
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < kRows; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::vector<row::EventParam> params(i % 7, {.key = key});
    const std::vector<row::Item> items(i % 3, {.item_id = key, .item_params = params});
    rows.push_back(encoded(
        {.event_timestamp = static_cast<std::int64_t>(i), .event_params = params, .items = items}));
  }
  rows.insert(rows.begin() + 2'500, "\x0a\x7f");  // Cut off inside a text.
  const auto result = write_rows(sink_, rows);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->size(), 1U);
  EXPECT_EQ(result->front().index, 2'500U);
  EXPECT_EQ(ask("SELECT count(*) FROM events WHERE coalesce(len(event_params), 0) = "
                "event_timestamp % 7 AND coalesce(len(items), 0) = event_timestamp % 3 AND "
                "coalesce(list_bool_and(list_transform(event_params, lambda p: p.key = 'k' || "
                "event_timestamp)), true) AND coalesce(list_bool_and(list_transform(items, lambda "
                "i: i.item_id = 'k' || event_timestamp AND coalesce(len(i.item_params), 0) = "
                "event_timestamp % 7)), true)"),
            "count_star()\r\n5000\r\n");
}

TEST_F(LocalSinkTest, LeavesNoTraceOfARejectedRow) {
  const row::EventParam param[] = {{.key = "a", .value = row::ParamValue{.int_value = 1}}};
  const row::Item item[] = {{.item_id = "i", .item_params = param}};
  const auto full = encoded({.event_name = "x",
                             .event_params = param,
                             .device = row::Device{.web_info = row::WebInfo{.browser = "b"}},
                             .items = item,
                             .event_id = "id"});
  const auto result = write_rows(sink_, {full + "\x07", encoded({.user_id = "u"}), full + "\x08"});
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->size(), 2U);
  real_streaming::Row expected;
  expected.set_user_id("u");
  EXPECT_EQ(duckdb::ask(sink_.store(), "FROM events"), "[\n" + expected_json(expected) + "\n]\n");
}

TEST_F(LocalSinkTest, RejectsWhatIsNotARow) {
  const std::pair<std::string, const char*> cases[] = {
      {"\x0a\x05"
       "abc",
       "not a row"},              // Text of 5 bytes, 3 there.
      {"\x08\x01", "not a row"},  // A number for event_date.
      {"\x12\x01"
       "1",
       "not a row"},                              // A text for event_timestamp.
      {"\x7b\x12\x00\x7c", "not a row"},          // A group.
      {"\x0a\x02\xc3\x28", "not UTF-8"},          // event_date.
      {"\x22\x04\x0a\x02\xff\xff", "not UTF-8"},  // event_params[0].key.
  };
  for (const auto& [bytes, reason] : cases) {
    const auto result = write_rows(sink_, {bytes});
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->size(), 1U) << testing::PrintToString(bytes);
    EXPECT_THAT(result->front().reason, HasSubstr(reason));
  }
  std::string many;
  for (int i = 0; i < 70'000; ++i) many += std::string("\x22\x00", 2);
  const auto result = write_rows(sink_, {many});
  ASSERT_TRUE(result);
  EXPECT_THAT(result->at(0).reason, HasSubstr("65536"));
  EXPECT_EQ(ask("SELECT count(*) FROM events"), "count_star()\r\n0\r\n");
}

TEST_F(LocalSinkTest, SkipsFieldsOfANewerDefinition) {
  write({encoded({.event_name = "a"}) + "\xd2\x3e\x03xyz" + encoded({.user_id = "u"})});
  EXPECT_EQ(ask("SELECT event_name, user_id FROM events"), "event_name,user_id\r\na,u\r\n");
}

TEST_F(LocalSinkTest, StoresMoreRowsThanARowGroupAtOnce) {
  write(std::vector<std::string>(25'000, encoded({.event_name = "a", .date = 20'468})));
  write(std::vector<std::string>(10, encoded({.event_name = "b"})));
  EXPECT_EQ(ask("SELECT event_name, count(*) FROM events GROUP BY ALL ORDER BY ALL"),
            "event_name,count_star()\r\na,25000\r\nb,10\r\n");
}

std::string row_of_items(std::size_t items, std::int64_t number) {
  const std::vector<row::Item> list(items, {.item_name = "an item"});
  return encoded({.event_timestamp = number, .items = list});
}

TEST(LocalSinkMemory, TakesManyElementsInLittleMemory) {
  const TemporaryFolder folder;
  LocalSink sink(folder.path(), {.memory_bytes = 128 << 20});
  ASSERT_TRUE(sink.open());
  std::vector<std::string> rows;
  for (int i = 0; i < 60; ++i) rows.push_back(row_of_items(i % 2 == 0 ? 10'000 : 0, i));
  for (int i = 0; i < 2; ++i) {
    const auto result = write_rows(sink, rows);
    ASSERT_TRUE(result) << result.error().message;
  }
  EXPECT_EQ(duckdb::ask(sink.store(),
                        "SELECT count(*) AS n, count(DISTINCT event_timestamp) AS d, "
                        "sum(len(items)) AS i FROM events",
                        query::QueryFormat::kCsv),
            "n,d,i\r\n120,60,600000\r\n");
  // In the log there is no more than what the checkpoints have left.
  EXPECT_LT(std::filesystem::file_size(folder.path() + "/events.duckdb.wal"), 20'000'000u);
}

TEST_F(LocalSinkTest, LetsQueriesInWhileItWrites) {
  auto session = sink_.store().connect();
  ASSERT_TRUE(session);
  for (int i = 1; i <= 5; ++i) {
    write({encoded({.event_name = "a"})});
    EXPECT_EQ(ask("SELECT count(*) AS n FROM events"), "n\r\n" + std::to_string(i) + "\r\n");
  }
}

TEST_F(LocalSinkTest, ReadsParametersByKey) {
  const row::EventParam params[] = {
      {.key = "page", .value = row::ParamValue{.string_value = "/"}},
      {.key = "n", .value = row::ParamValue{.int_value = 9'007'199'254'740'993}},
      {.key = "f", .value = row::ParamValue{.float_value = 0.5}},
      {.key = "d", .value = row::ParamValue{.double_value = 99.99}},
      {.key = "nothing"}};
  const row::UserProperty properties[] = {
      {.key = "plan", .value = row::UserPropertyValue{.string_value = "pro"}}};
  write({encoded({.event_params = params, .user_properties = properties}), encoded({})});
  const std::pair<const char*, const char*> cases[] = {
      {"param_string(event_params, 'page')", "/"},
      {"param_string(user_properties, 'plan')", "pro"},
      {"param_string(event_params, 'n')", ""},
      {"param_int(event_params, 'n')", "9007199254740993"},
      {"param_double(event_params, 'f')", "0.5"},
      {"param_double(event_params, 'd')", "99.99"},
      {"param_double(event_params, 'n') > 9e15", "true"},
      {"param_value(event_params, 'd')", "99.99"},
      {"param_value(event_params, 'n')", "9007199254740993"},
      {"param_value(event_params, 'page')", "/"},
      {"param_value(event_params, 'nothing')", ""},
      {"param_value(event_params, 'absent')", ""},
      {"param(event_params, 'f').float_value", "0.5"},
  };
  for (const auto& [expression, expected] : cases) {
    EXPECT_EQ(ask(std::string("SELECT ") + expression +
                  " AS x FROM events ORDER BY x NULLS LAST "
                  "LIMIT 1"),
              std::string("x\r\n") + expected + "\r\n")
        << expression;
  }
}

TEST_F(LocalSinkTest, HasAFlatView) {
  const row::EventParam params[] = {
      {.key = "page_location", .value = row::ParamValue{.string_value = "https://a.example/"}}};
  const row::Item items[] = {{}, {}};
  write({encoded({.event_timestamp = 1'768'473'045'123'456,
                  .event_name = "purchase",
                  .event_params = params,
                  .device = row::Device{.web_info = row::WebInfo{.browser = "Firefox"}},
                  .ecommerce = row::Ecommerce{.value = 99.99, .currency = "USD"},
                  .items = items})});
  EXPECT_EQ(ask("SELECT time, event_name, page_location, browser, value, currency, items, country "
                "FROM events_flat"),
            "time,event_name,page_location,browser,value,currency,items,country\r\n"
            "2026-01-15 10:30:45.123456,purchase,https://a.example/,Firefox,99.99,USD,2,\r\n");
}

}  // namespace
}  // namespace rs::duckdb
