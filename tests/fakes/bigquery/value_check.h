#pragma once
// What may stand in a column of a type, and as which protobuf types it may come (bigquery.md 1.8).
// Pure functions. A problem is a short text for a row error; null for none.

#include <cstdint>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

#include "fakes/bigquery/schema.h"

namespace rs::fakes {

// The column a writer's field is for: its name, or the option column_name (annotations.proto).
[[nodiscard]] std::string_view column_name(const google::protobuf::FieldDescriptor& field);

// Whether a column of `type` takes this protobuf field: its scalar type, or google.protobuf's
// wrapper or Timestamp.
[[nodiscard]] bool takes_field(ValueType type, const google::protobuf::FieldDescriptor& field);

// google.protobuf.*Value: a message whose field 1 is the value.
[[nodiscard]] bool is_wrapper(const google::protobuf::FieldDescriptor& field);
[[nodiscard]] bool is_timestamp_message(const google::protobuf::FieldDescriptor& field);

[[nodiscard]] const char* integer_problem(ValueType type, std::int64_t value);
[[nodiscard]] const char* fraction_problem(ValueType type, double value);
// `is_text` is false for a protobuf bytes field.
[[nodiscard]] const char* text_problem(ValueType type, std::string_view value, bool is_text);

// The ranges of DATE and TIMESTAMP, in days and microseconds since 1970-01-01.
inline constexpr std::int64_t kDateMin = -719162, kDateMax = 2932896;
inline constexpr std::int64_t kTimestampMin = -62135596800000000,
                              kTimestampMax = 253402300799999999;

}  // namespace rs::fakes
