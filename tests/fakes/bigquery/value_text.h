#pragma once
// Values of a protobuf message as the text of their column's type. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "fakes/bigquery/schema.h"

namespace rs::fakes {

struct ValueText {
  std::string text;
  bool quoted = false;  // A string in JSON; else a number, a boolean or a JSON value as it is.
};

// A scalar, wrapper or Timestamp field; `index` is -1 unless it is repeated.
[[nodiscard]] ValueText value_text(ValueType type, const google::protobuf::Message& message,
                                   const google::protobuf::FieldDescriptor& field, int index);

// What a column default gives; `time` is CURRENT_TIMESTAMP() in microseconds. Literals and
// CURRENT_TIMESTAMP() are understood, nothing else is (nullopt). NULL gives the text "null".
[[nodiscard]] std::optional<ValueText> default_text(ValueType type, std::string_view expression,
                                                    std::int64_t time);

// Microseconds since 1970 of what value_text() writes for a TIMESTAMP.
[[nodiscard]] std::int64_t parse_utc(std::string_view text);

}  // namespace rs::fakes
