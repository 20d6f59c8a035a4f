#pragma once
// The columns of the row as a tree, generated from proto/event.proto: what schemas are printed
// from and what decoders walk beside the wire bytes. Constant data, usable from any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rs::row {

// BigQuery's names of types: STRING, INTEGER (int64), FLOAT (double), BOOLEAN, RECORD, DATE,
// TIMESTAMP, JSON.
enum class ColumnType : std::uint8_t {
  kString,
  kInteger,
  kFloat,
  kBoolean,
  kRecord,
  kDate,       // int32 on the wire: days since 1970-01-01.
  kTimestamp,  // int64 on the wire: microseconds since 1970-01-01 00:00 UTC.
  kJson,       // string on the wire.
};

enum class Mode : std::uint8_t { kNullable, kRepeated };

struct Column {
  std::string_view name;
  std::string_view description;  // One sentence of ASCII, with the unit.
  ColumnType type;
  Mode mode;
  std::uint32_t number;              // Of the protobuf field. Rises from column to column.
  std::string_view message;          // Protobuf message of a RECORD, such as "EventParam".
  std::span<const Column> children;  // Of a RECORD; empty otherwise.
};

// The columns of a row, in table order.
[[nodiscard]] std::span<const Column> columns();

// proto/event.proto, as text.
[[nodiscard]] std::string_view proto_text();

// Index of the column with this field number, columns.size() when there is none. Fields usually
// arrive in the order of their numbers: passing the index after the last one found as `from`
// makes a walk along a whole message linear.
[[nodiscard]] constexpr std::size_t find_column(std::span<const Column> columns,
                                                std::uint32_t number, std::size_t from = 0) {
  for (std::size_t i = from; i < columns.size(); ++i) {
    if (columns[i].number == number) return i;
    if (columns[i].number > number) break;
  }
  if (from == 0) return columns.size();
  return find_column(columns.first(from < columns.size() ? from : columns.size()), number);
}

}  // namespace rs::row
