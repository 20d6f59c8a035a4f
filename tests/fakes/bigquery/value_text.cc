#include "fakes/bigquery/value_text.h"

#include <chrono>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "fakes/bigquery/value_check.h"

namespace rs::fakes {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string date_text(std::int64_t days) {
  return format_utc(days * 86'400'000'000).substr(0, 10);
}

// CivilTimeEncoder: micros 20 bits, second 6, minute 6, hour 5, day 5, month 4, year.
std::string civil_time_text(std::int64_t packed, bool with_date) {
  const auto take = [&packed](int bits) {
    const std::int64_t part = packed & ((std::int64_t{1} << bits) - 1);
    packed >>= bits;
    return part;
  };
  const auto micros = take(20), second = take(6), minute = take(6), hour = take(5);
  std::string time = fmt::format("{:02}:{:02}:{:02}", hour, minute, second);
  if (micros != 0) time += fmt::format(".{:06}", micros);
  if (!with_date) return time;
  const auto day = take(5), month = take(4);
  return fmt::format("{:04}-{:02}-{:02}T{}", packed, month, day, time);
}

ValueText integer_text(ValueType type, std::int64_t value) {
  switch (type) {
    case ValueType::kTimestamp:
      return {format_utc(value), true};
    case ValueType::kDate:
      return {date_text(value), true};
    case ValueType::kTime:
    case ValueType::kDateTime:
      return {civil_time_text(value, type == ValueType::kDateTime), true};
    case ValueType::kBoolean:
      return {value != 0 ? "true" : "false", false};
    case ValueType::kNumeric:
    case ValueType::kBigNumeric:
      return {std::to_string(value), true};
    default:
      return {std::to_string(value), false};
  }
}

ValueText fraction_text(ValueType type, double value) {
  if (std::isnan(value)) return {"NaN", true};
  if (std::isinf(value)) return {value > 0 ? "Infinity" : "-Infinity", true};
  ValueText out;
  append_json_number(out.text, value);
  out.quoted = type != ValueType::kFloat;
  return out;
}

ValueText bytes_text(ValueType type, std::string value) {
  if (type == ValueType::kJson) return {std::move(value), false};
  if (type != ValueType::kBytes) return {std::move(value), true};
  ValueText out{"", true};
  append_base64(out.text, value);
  return out;
}

ValueText known_message_text(ValueType type, const Message& value) {
  const FieldDescriptor& first = *value.GetDescriptor()->field(0);
  if (value.GetDescriptor()->full_name() != "google.protobuf.Timestamp") {
    return value_text(type, value, first, -1);
  }
  const auto& reflection = *value.GetReflection();
  const std::int64_t nanos = reflection.GetInt32(value, value.GetDescriptor()->field(1));
  return integer_text(type, reflection.GetInt64(value, &first) * 1'000'000 + nanos / 1000);
}

}  // namespace

ValueText value_text(ValueType type, const Message& message, const FieldDescriptor& field,
                     int index) {
  const auto& reflection = *message.GetReflection();
  const bool many = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return integer_text(type, many ? reflection.GetRepeatedInt32(message, &field, index)
                                     : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return integer_text(type, many ? reflection.GetRepeatedInt64(message, &field, index)
                                     : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return integer_text(type, many ? reflection.GetRepeatedUInt32(message, &field, index)
                                     : reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return integer_text(type, static_cast<std::int64_t>(
                                    many ? reflection.GetRepeatedUInt64(message, &field, index)
                                         : reflection.GetUInt64(message, &field)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return integer_text(type, many ? reflection.GetRepeatedBool(message, &field, index)
                                     : reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return fraction_text(type, many ? reflection.GetRepeatedDouble(message, &field, index)
                                      : reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fraction_text(type, many ? reflection.GetRepeatedFloat(message, &field, index)
                                      : reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = many ? reflection.GetRepeatedEnum(message, &field, index)
                               : reflection.GetEnum(message, &field);
      if (type == ValueType::kString) return {std::string(value->name()), true};
      return integer_text(type, value->number());
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return bytes_text(type, many ? reflection.GetRepeatedString(message, &field, index)
                                   : reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return known_message_text(type, many ? reflection.GetRepeatedMessage(message, &field, index)
                                           : reflection.GetMessage(message, &field));
  }
  return {};
}

std::optional<ValueText> default_text(ValueType type, std::string_view expression,
                                      std::int64_t time) {
  expression = trim(expression);
  if (expression.size() >= 2 && (expression.front() == '\'' || expression.front() == '"') &&
      expression.back() == expression.front()) {
    return ValueText{std::string(expression.substr(1, expression.size() - 2)),
                     type != ValueType::kJson};
  }
  for (const auto* word : {"true", "false", "null"}) {
    if (equals_ignoring_case(expression, word)) return ValueText{word, false};
  }
  if (type == ValueType::kTimestamp && (equals_ignoring_case(expression, "CURRENT_TIMESTAMP()") ||
                                        equals_ignoring_case(expression, "CURRENT_TIMESTAMP"))) {
    return ValueText{format_utc(time), true};
  }
  char* end = nullptr;
  const std::string number(expression);
  std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0') return std::nullopt;
  return ValueText{number, type == ValueType::kNumeric || type == ValueType::kBigNumeric};
}

std::int64_t parse_utc(std::string_view text) {
  const auto part = [&](std::size_t at, std::size_t size) {
    return std::atoi(std::string(text.substr(at, size)).c_str());
  };
  using namespace std::chrono;
  const sys_days day = year{part(0, 4)} / part(5, 2) / part(8, 2);
  const auto seconds = day.time_since_epoch().count() * std::int64_t{86'400} + part(11, 2) * 3600 +
                       part(14, 2) * 60 + part(17, 2);
  return seconds * 1'000'000 + part(20, 6);
}

}  // namespace rs::fakes
