#pragma once
// The row's columns in the languages of those who store, read or document it. All of it is derived
// from columns(), is stable from run to run, and is ASCII.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "row/columns.h"

namespace rs::row {

enum class SchemaFormat {
  kBigQuery,  // JSON for `bq mk --schema` and tables.insert: a list of name, type, mode,
              // description and fields.
  kDuckDb,    // CREATE TABLE events (...);
  kProto,     // proto/event.proto.
  kMarkdown,  // A table of every column, nested ones as device.web_info.browser.
};

// "bigquery", "duckdb", "proto" or "markdown".
[[nodiscard]] std::optional<SchemaFormat> parse_schema_format(std::string_view name);

// Ends with a line feed.
[[nodiscard]] std::string print_schema(SchemaFormat format);

// A JSON list of these columns, as in SchemaFormat::kBigQuery, without a line feed at the end.
[[nodiscard]] std::string bigquery_fields(std::span<const Column> columns);

// As `bq show` names it, such as "INTEGER".
[[nodiscard]] std::string_view bigquery_type(ColumnType type);

// With STRUCT(...) around nested columns and [] behind repeated ones.
[[nodiscard]] std::string duckdb_type(const Column& column);

// What stands between the parentheses of CREATE TABLE, one column a line, names quoted.
[[nodiscard]] std::string duckdb_columns();

// A JSON Schema object (OpenAPI 3.1) of the row as append_json() of row/decode.h writes it.
[[nodiscard]] std::string json_schema();

}  // namespace rs::row
