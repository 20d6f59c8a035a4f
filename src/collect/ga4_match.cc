#include "collect/ga4_match.h"

#include <cstdint>
#include <utility>

namespace rs::collect {
namespace {

using simdjson::dom::element_type, simdjson::dom::object, simdjson::dom::array;
using Found = simdjson::simdjson_result<Json>;

Found found(Json value) {
  return Found(std::move(value));
}

bool is_nothing(Found value) {
  if (value.error() != simdjson::SUCCESS || value.value_unsafe().is_null()) return true;
  std::string_view text;
  return value.value_unsafe().get(text) == simdjson::SUCCESS && text.empty();
}

bool same(Json expected, Json actual) {
  double left = 0, right = 0;
  if (expected.get(left) == simdjson::SUCCESS && actual.get(right) == simdjson::SUCCESS) {
    std::int64_t whole_left = 0, whole_right = 0;
    const bool whole = expected.get(whole_left) == simdjson::SUCCESS &&
                       actual.get(whole_right) == simdjson::SUCCESS;
    return whole ? whole_left == whole_right : left == right;
  }
  return json_text(expected) == json_text(actual);
}

// The entry of a list of {"key":...,"value":...}.
Found find_entry(Found list, std::string_view key) {
  array entries;
  if (list.error() != simdjson::SUCCESS || list.value_unsafe().get(entries) != simdjson::SUCCESS) {
    return {simdjson::NO_SUCH_FIELD};
  }
  for (const Json entry : entries) {
    if (std::string_view(entry["key"]) == key) return entry["value"];
  }
  return {simdjson::NO_SUCH_FIELD};
}

Found at_path(Json from, std::string_view dotted) {
  Found at(std::move(from));
  while (!dotted.empty() && at.error() == simdjson::SUCCESS) {
    const auto dot = dotted.find('.');
    at = at.value_unsafe()[dotted.substr(0, dot)];
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
  }
  return at;
}

}  // namespace

std::string json_text(Found value) {
  return value.error() == simdjson::SUCCESS ? simdjson::minify(value.value_unsafe()) : "nothing";
}

void Ga4Match::note(const std::string& path, const std::string& expected,
                    const std::string& actual) {
  differences_.push_back(path + ": expected " + expected + ", is " + actual);
}

void Ga4Match::value(const std::string& path, Json expected, Found actual) {
  const bool matches = is_nothing(found(expected)) ? is_nothing(actual)
                                                   : actual.error() == simdjson::SUCCESS &&
                                                         same(expected, actual.value_unsafe());
  if (!matches) note(path, json_text(expected), json_text(actual));
}

void Ga4Match::record(const std::string& path, Json expected, Json actual) {
  for (const auto field : object(expected)) {
    const std::string name(field.key);
    value(path + "." + name, field.value, at_path(actual, path + "." + name));
  }
}

void Ga4Match::params(const std::string& path, Json expected, Found list) {
  for (const auto field : object(expected)) {
    const std::string name = path + "[" + std::string(field.key) + "]";
    const Found entry = find_entry(list, field.key);
    for (const auto member : object(field.value)) {
      value(name + "." + std::string(member.key), member.value,
            entry.error() == simdjson::SUCCESS ? entry.value_unsafe()[member.key] : entry);
    }
  }
}

void Ga4Match::item_params(const std::string& path, Json expected, Json item) {
  for (const auto field : object(expected)) {
    const Found entry = find_entry(item["item_params"], field.key);
    const char* const member = field.value.is_string()          ? "string_value"
                               : field.value.is<std::int64_t>() ? "int_value"
                                                                : "double_value";
    value(path + "." + std::string(field.key), field.value,
          entry.error() == simdjson::SUCCESS ? entry.value_unsafe()[member] : entry);
  }
}

void Ga4Match::items(Json expected, Found list) {
  const array wanted(expected);
  array got;
  const bool is_list =
      list.error() == simdjson::SUCCESS && list.value_unsafe().get(got) == simdjson::SUCCESS;
  const std::size_t count = is_list ? got.size() : 0;
  if (count != wanted.size()) {
    return note("items", std::to_string(wanted.size()) + " items", json_text(list));
  }
  std::size_t index = 0;
  for (const Json item : wanted) {
    const std::string path = "items[" + std::to_string(index) + "]";
    const Json actual = got.at(index++);
    for (const auto field : object(item)) {
      if (field.key == "item_params") {
        item_params(path, field.value, actual);
      } else {
        value(path + "." + std::string(field.key), field.value, actual[field.key]);
      }
    }
  }
}

void Ga4Match::row(Json expected, Json actual) {
  for (const auto field : object(expected)) {
    const std::string name(field.key);
    if (name == "params") {
      params("event_params", field.value, actual["event_params"]);
    } else if (name == "user_properties") {
      params(name, field.value, actual[name]);
    } else if (name == "items" && field.value.is_array()) {
      items(field.value, actual[name]);
    } else if (name == "event_timestamp_before_arrival_ms") {
      const std::int64_t age =
          std::int64_t(actual["synced_at_micros_"]) - std::int64_t(actual["event_timestamp"]);
      if (age != std::int64_t(field.value) * 1000)
        note(name, json_text(field.value), std::to_string(age));
    } else if (name == "event_timestamp_as_sent") {
      value(name, field.value, actual["event_timestamp"]);
    } else if (field.value.is_object()) {
      record(name, field.value, actual);
    } else {
      value(name, field.value, at_path(actual, name));
    }
  }
}

void Ga4Match::absent_param(std::string_view key, Json actual) {
  const Found entry = find_entry(actual["event_params"], key);
  if (entry.error() == simdjson::SUCCESS)
    note("event_params[" + std::string(key) + "]", "nothing", json_text(entry));
}

}  // namespace rs::collect
