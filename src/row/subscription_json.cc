#include "row/subscription_json.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <simdjson.h>

namespace rs::row {
namespace {

namespace proto = real_streaming;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using simdjson::dom::element;

constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

std::optional<std::int64_t> read_integer(const element& value) {
  std::int64_t number = 0;
  if (value.is_string()) {
    const std::string text(value.get_string().value());
    std::size_t read = 0;
    try {
      number = std::stoll(text, &read);
    } catch (const std::exception&) {
      return std::nullopt;
    }
    if (read != text.size()) return std::nullopt;
    return number;
  }
  if (value.get(number) != simdjson::SUCCESS) return std::nullopt;
  if (number > kExactMax || number < -kExactMax) return std::nullopt;
  return number;
}

// Days since 1970-01-01, from "YYYY-MM-DD" or a number.
std::optional<std::int64_t> read_date(const element& value) {
  std::string_view text;
  std::int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  int year = 0;
  unsigned month = 0, day = 0;
  if (value.get(text) != simdjson::SUCCESS || text.size() != 10 ||
      std::sscanf(std::string(text).c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// Microseconds since 1970, from "YYYY-MM-DDThh:mm:ss.ffffffZ" or a number.
std::optional<std::int64_t> read_timestamp(const element& value) {
  std::string_view text;
  std::int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  int year = 0, hour = 0, minute = 0, second = 0, micros = 0;
  unsigned month = 0, day = 0;
  if (value.get(text) != simdjson::SUCCESS || text.size() != 27 || text.back() != 'Z' ||
      std::sscanf(std::string(text).c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%6dZ", &year, &month, &day,
                  &hour, &minute, &second, &micros) != 7) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000 + micros;
}

class Reader {
 public:
  std::string problem;  // The first one.

  bool read(const element& value, Message& message, const std::string& path) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return fail(path, "is no object");
    std::set<std::string_view> keys;
    for (const auto& [key, member] : object) {
      const std::string at = path + "." + std::string(key);
      const auto* field = message.GetDescriptor()->FindFieldByName(std::string(key));
      if (field == nullptr) return fail(at, "is no column");
      if (!keys.insert(key).second) return fail(at, "stands there twice");
      const bool good = field->is_repeated() ? read_list(member, *field, message, at)
                                             : read_value(member, *field, message, at);
      if (!good) return false;
    }
    return true;
  }

 private:
  bool fail(const std::string& path, const char* what) {
    problem = path + " " + what;
    return false;
  }

  bool read_list(const element& value, const FieldDescriptor& field, Message& message,
                 const std::string& path) {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return fail(path, "is no array");
    for (const element each : list) {
      if (!read(each, *message.GetReflection()->AddMessage(&message, &field), path)) return false;
    }
    return true;
  }

  bool read_value(const element& value, const FieldDescriptor& field, Message& message,
                  const std::string& path) {
    const auto* reflection = message.GetReflection();
    const bool special = field.options().HasExtension(proto::column_type);
    const auto type = field.options().GetExtension(proto::column_type);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS) return fail(path, "is no string");
        simdjson::dom::parser inner;
        if (special && inner.parse(std::string(text)).error() != simdjson::SUCCESS) {
          return fail(path, "is no string with JSON in it");
        }
        reflection->SetString(&message, &field, std::string(text));
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto days = read_date(value);
        if (!special || type != proto::DATE || !days) return fail(path, "is no DATE");
        reflection->SetInt32(&message, &field, static_cast<std::int32_t>(*days));
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const auto number = special ? read_timestamp(value) : read_integer(value);
        if (!number) return fail(path, special ? "is no TIMESTAMP" : "is no INT64");
        reflection->SetInt64(&message, &field, *number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double number = 0;
        if (value.get(number) != simdjson::SUCCESS) return fail(path, "is no FLOAT64");
        reflection->SetDouble(&message, &field, number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        bool truth = false;
        if (value.get(truth) != simdjson::SUCCESS) return fail(path, "is no BOOL");
        reflection->SetBool(&message, &field, truth);
        return true;
      }
      default:
        return read(value, *reflection->MutableMessage(&message, &field), path);
    }
  }
};

}  // namespace

std::string read_subscription_json(std::string_view json, proto::Row& row) {
  simdjson::dom::parser parser;
  element document;
  const simdjson::padded_string text(json);
  if (parser.parse(text).get(document) != simdjson::SUCCESS) return "the data is no JSON";
  row.Clear();
  Reader reader;
  return reader.read(document, row, "row") ? "" : reader.problem;
}

}  // namespace rs::row
