#pragma once
// A table's columns, as REST writes them and as the write side needs them. Values; no protobuf.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fakes/bigquery/json.h"

namespace rs::fakes {

enum class ValueType : std::uint8_t {
  kString,
  kBytes,
  kInteger,
  kFloat,
  kNumeric,
  kBigNumeric,
  kBoolean,
  kTimestamp,
  kDate,
  kTime,
  kDateTime,
  kGeography,
  kInterval,
  kJson,
  kRange,
  kRecord,
};

enum class ColumnMode : std::uint8_t { kNullable, kRequired, kRepeated };

struct SchemaColumn {
  std::string name;
  ValueType type = ValueType::kString;
  ColumnMode mode = ColumnMode::kNullable;
  std::string description;
  std::string default_expression;    // SQL; top-level columns only.
  std::vector<SchemaColumn> fields;  // Of RECORD; of RANGE its start and end.
};

using Schema = std::vector<SchemaColumn>;

// As tables.get names it: INTEGER, FLOAT, BOOLEAN, RECORD (bigquery.md 4).
[[nodiscard]] std::string_view type_name(ValueType type);

// Gives types the names the server answers with and a mode to each field, in place, and reads them.
// kInvalidInput with the server's text.
[[nodiscard]] Result<Schema> read_schema(Json& fields);

// Whether `to` may replace `from`: nothing missing, retyped or stricter; new columns NULLABLE or
// REPEATED. `table` is "p:d.t", for the message.
[[nodiscard]] Result<void> check_change(const Schema& from, const Schema& to,
                                        const std::string& table, const std::string& prefix = "");

[[nodiscard]] const SchemaColumn* find_column(const Schema& schema, std::string_view name);

}  // namespace rs::fakes
