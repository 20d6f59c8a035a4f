#pragma once
// The columns of the row as a tree, generated from proto/event.proto: what schemas are printed
// from and what decoders walk beside the wire bytes (row/message_reader.h). Constant data, usable
// from any thread.

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

}  // namespace rs::row
