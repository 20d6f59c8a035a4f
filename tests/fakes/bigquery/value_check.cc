#include "fakes/bigquery/value_check.h"

#include <cmath>
#include <cstring>

#include <google/cloud/bigquery/storage/v1/annotations.pb.h>
#include <simdjson.h>

#include "base/text.h"

namespace rs::fakes {
namespace {

using google::protobuf::FieldDescriptor;

bool is_json(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

// Most text is ASCII, and this is eight times as fast as looking at characters.
bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof(eight) <= text.size(); at += sizeof(eight)) {
    std::memcpy(&eight, text.data() + at, sizeof(eight));
    if ((eight & 0x8080808080808080) != 0) break;
  }
  return find_invalid_utf8(text.substr(at)) == std::string_view::npos;
}

// A decimal of at most so many digits before and behind the point.
bool is_decimal(std::string_view text, std::size_t whole_max, std::size_t part_max) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  const std::string_view whole = take_until(text, '.');
  const auto digits = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (whole.empty() && text.empty()) return false;
  return digits(whole) && digits(text) && whole.size() <= whole_max && text.size() <= part_max;
}

// `form` has 0 where a digit must be.
bool begins_like(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i] && !(form[i] == 'T' && text[i] == ' '))
      return false;
  }
  return true;
}

bool takes_scalar(ValueType type, FieldDescriptor::CppType from) {
  const bool whole = from == FieldDescriptor::CPPTYPE_INT32 ||
                     from == FieldDescriptor::CPPTYPE_INT64 ||
                     from == FieldDescriptor::CPPTYPE_UINT32;
  const bool fraction =
      from == FieldDescriptor::CPPTYPE_DOUBLE || from == FieldDescriptor::CPPTYPE_FLOAT;
  const bool text = from == FieldDescriptor::CPPTYPE_STRING;
  switch (type) {
    case ValueType::kBoolean:
      return whole || from == FieldDescriptor::CPPTYPE_UINT64 ||
             from == FieldDescriptor::CPPTYPE_BOOL;
    case ValueType::kInteger:
      return whole || from == FieldDescriptor::CPPTYPE_ENUM;
    case ValueType::kFloat:
      return fraction;
    case ValueType::kNumeric:
    case ValueType::kBigNumeric:
      return whole || fraction || text;
    case ValueType::kString:
      return text || from == FieldDescriptor::CPPTYPE_ENUM;
    case ValueType::kTimestamp:
      return whole;
    case ValueType::kDate:
      return from == FieldDescriptor::CPPTYPE_INT32 || from == FieldDescriptor::CPPTYPE_INT64 ||
             text;
    case ValueType::kTime:
    case ValueType::kDateTime:
      return from == FieldDescriptor::CPPTYPE_INT64 || text;
    case ValueType::kBytes:
    case ValueType::kGeography:
    case ValueType::kInterval:
    case ValueType::kJson:
      return text;
    case ValueType::kRange:
    case ValueType::kRecord:
      return false;
  }
  return false;
}

}  // namespace

std::string_view column_name(const FieldDescriptor& field) {
  namespace bqs = google::cloud::bigquery::storage::v1;
  if (field.options().HasExtension(bqs::column_name)) {
    return field.options().GetExtension(bqs::column_name);
  }
  return field.name();
}

bool is_wrapper(const FieldDescriptor& field) {
  const auto* message = field.message_type();
  return message != nullptr && message->file()->name() == "google/protobuf/wrappers.proto";
}

bool is_timestamp_message(const FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

bool takes_field(ValueType type, const FieldDescriptor& field) {
  if (type == ValueType::kRecord || type == ValueType::kRange)
    return field.message_type() != nullptr;
  if (is_timestamp_message(field)) return type == ValueType::kTimestamp;
  if (is_wrapper(field)) return takes_field(type, *field.message_type()->field(0));
  if (field.type() == FieldDescriptor::TYPE_BYTES) return type == ValueType::kBytes;
  return takes_scalar(type, field.cpp_type());
}

const char* integer_problem(ValueType type, std::int64_t value) {
  switch (type) {
    case ValueType::kDate:
      return value < kDateMin || value > kDateMax ? "Date is out of range" : nullptr;
    case ValueType::kTimestamp:
      return value < kTimestampMin || value > kTimestampMax ? "Timestamp is out of range" : nullptr;
    default:
      return nullptr;
  }
}

const char* fraction_problem(ValueType type, double value) {
  const bool exact = type == ValueType::kNumeric || type == ValueType::kBigNumeric;
  return exact && !std::isfinite(value) ? "Value is not a finite number" : nullptr;
}

const char* text_problem(ValueType type, std::string_view value, bool is_text) {
  if (is_text && !is_utf8(value)) return "String is not valid UTF-8";
  switch (type) {
    case ValueType::kJson:
      return is_json(value) ? nullptr : "Value is not valid JSON";
    case ValueType::kNumeric:
      return is_decimal(value, 29, 9) ? nullptr : "Invalid NUMERIC value";
    case ValueType::kBigNumeric:
      return is_decimal(value, 39, 38) ? nullptr : "Invalid BIGNUMERIC value";
    case ValueType::kDate:
      return value.size() == 10 && begins_like(value, "0000-00-00") ? nullptr : "Invalid date";
    case ValueType::kTime:
      return begins_like(value, "00:00:00") ? nullptr : "Invalid time";
    case ValueType::kDateTime:
      return begins_like(value, "0000-00-00T00:00:00") ? nullptr : "Invalid datetime";
    default:
      return nullptr;
  }
}

}  // namespace rs::fakes
