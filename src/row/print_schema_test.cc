#include "row/print_schema.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

namespace rs::row {
namespace {

using simdjson::dom::array;
using simdjson::dom::object;
using testing::HasSubstr;
using testing::StartsWith;

// Its exceptions fail the test.
std::string_view text(const object& value, std::string_view key) {
  return value[key].get_string().value();
}

void expect_bigquery(const array& list, std::span<const Column> columns) {
  ASSERT_EQ(list.size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const object field = list.at(i).get_object().value();
    const Column& column = columns[i];
    EXPECT_EQ(text(field, "name"), column.name);
    EXPECT_EQ(text(field, "type"), bigquery_type(column.type));
    EXPECT_EQ(text(field, "mode"), column.mode == Mode::kRepeated ? "REPEATED" : "NULLABLE");
    EXPECT_EQ(text(field, "description"), column.description);
    const bool record = column.type == ColumnType::kRecord;
    ASSERT_EQ(field.size(), record ? 5 : 4);
    if (record) expect_bigquery(field["fields"].get_array().value(), column.children);
  }
}

TEST(PrintSchema, GivesBigQueryEveryColumnAsJson) {
  const std::string json = print_schema(SchemaFormat::kBigQuery);
  simdjson::dom::parser parser;
  expect_bigquery(parser.parse(json).get_array().value(), columns());
  EXPECT_THAT(
      json,
      StartsWith("[\n  {\"name\": \"event_date\", \"type\": \"STRING\", \"mode\": \"NULLABLE\", "
                 "\"description\": \"Day of the event as YYYYMMDD, in UTC.\"},\n"));
  EXPECT_THAT(json, HasSubstr("{\"name\": \"date\", \"type\": \"DATE\", \"mode\": \"NULLABLE\""));
  EXPECT_EQ(json.substr(json.size() - 3), "\n]\n");
}

TEST(PrintSchema, GivesDuckDbATable) {
  const std::string sql = print_schema(SchemaFormat::kDuckDb);
  EXPECT_THAT(sql, StartsWith("CREATE TABLE events (\n  \"event_date\" VARCHAR,\n"));
  EXPECT_THAT(
      sql,
      HasSubstr("\n  \"event_params\" STRUCT(\"key\" VARCHAR, \"value\" STRUCT(\"string_value\" "
                "VARCHAR, \"int_value\" BIGINT, \"float_value\" DOUBLE, \"double_value\" "
                "DOUBLE))[],\n"));
  EXPECT_THAT(sql, HasSubstr("\"discount\" DOUBLE, \"index\" BIGINT)[],\n"));
  EXPECT_THAT(sql, HasSubstr("\n  \"is_active_user\" BOOLEAN,\n"));
  EXPECT_THAT(sql, HasSubstr("\n  \"date\" DATE,\n"));
  EXPECT_THAT(sql, HasSubstr("\n  \"synced_at_utc_\" TIMESTAMP,\n"));
  EXPECT_THAT(sql, testing::EndsWith("\n  \"attributes\" JSON\n);\n"));
}

TEST(PrintSchema, GivesTheProtoAsItLies) {
  std::ifstream in(RS_SOURCE_DIR "/proto/event.proto", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(print_schema(SchemaFormat::kProto), file);
}

std::size_t count(std::span<const Column> columns) {
  std::size_t all = columns.size();
  for (const Column& column : columns) all += count(column.children);
  return all;
}

TEST(PrintSchema, GivesATableOfEveryColumnInMarkdown) {
  const std::string table = print_schema(SchemaFormat::kMarkdown);
  EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')),
            2 + count(columns()));
  EXPECT_THAT(table,
              HasSubstr("\n| `items` | RECORD REPEATED | The goods the event is about. |\n"));
  EXPECT_THAT(table,
              HasSubstr("\n| `device.web_info.hostname` | STRING | Host name of the page. |\n"));
}

TEST(PrintSchema, KnowsItsFormatsByName) {
  EXPECT_EQ(parse_schema_format("bigquery"), SchemaFormat::kBigQuery);
  EXPECT_EQ(parse_schema_format("duckdb"), SchemaFormat::kDuckDb);
  EXPECT_EQ(parse_schema_format("proto"), SchemaFormat::kProto);
  EXPECT_EQ(parse_schema_format("markdown"), SchemaFormat::kMarkdown);
  EXPECT_EQ(parse_schema_format("BigQuery"), std::nullopt);
  EXPECT_EQ(parse_schema_format(""), std::nullopt);
}

std::string format_of(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return "int64";
    case ColumnType::kFloat:
      return "double";
    case ColumnType::kDate:
      return "date";
    case ColumnType::kTimestamp:
      return "date-time";
    default:
      return "";
  }
}

void expect_json_schema(const object& schema, std::span<const Column> columns) {
  const object properties = schema["properties"].get_object().value();
  EXPECT_EQ(text(schema, "type"), "object");
  ASSERT_EQ(properties.size(), columns.size());
  for (const Column& column : columns) {
    object property = properties[column.name].get_object().value();
    EXPECT_EQ(text(property, "description"), column.description);
    if (column.mode == Mode::kRepeated) {
      EXPECT_EQ(text(property, "type"), "array");
      property = property["items"].get_object().value();
    }
    if (column.type == ColumnType::kRecord) expect_json_schema(property, column.children);
    const bool has_format = !property["format"].error();
    EXPECT_EQ(has_format ? text(property, "format") : "", format_of(column.type)) << column.name;
    const bool any_type = property["type"].error() == simdjson::NO_SUCH_FIELD;
    EXPECT_EQ(any_type, column.type == ColumnType::kJson) << column.name;
  }
}

TEST(JsonSchema, DescribesEveryColumn) {
  simdjson::dom::parser parser;
  const std::string json = json_schema();
  expect_json_schema(parser.parse(json).get_object().value(), columns());
}

}  // namespace
}  // namespace rs::row
