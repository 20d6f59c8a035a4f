#pragma once
// For tests: compares the JSON of a row with what a case expects of it. An expectation names only
// the fields that are certain:
//   event_name, user_id, batch_page_id, ...     the column's value; null or "" for no value
//   device.language, ...                         a column inside a record
//   privacy_info, ecommerce, collected_...       members of a record
//   params, user_properties                      by key, with the one member that holds the value
//   items                                        all items in order; item_params by key, as values
//   event_timestamp_before_arrival_ms            how old the event is

#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace rs::collect {

using Json = simdjson::dom::element;

// What differs, one line each.
class Ga4Match {
 public:
  explicit Ga4Match(std::vector<std::string>& differences) : differences_(differences) {}

  void row(Json expected, Json actual);
  // The parameter `key` must not be there.
  void absent_param(std::string_view key, Json actual);

 private:
  void record(const std::string& path, Json expected, Json actual);
  void value(const std::string& path, Json expected, simdjson::simdjson_result<Json> actual);
  void params(const std::string& path, Json expected, simdjson::simdjson_result<Json> list);
  void items(Json expected, simdjson::simdjson_result<Json> list);
  void item_params(const std::string& path, Json expected, Json item);
  void note(const std::string& path, const std::string& expected, const std::string& actual);

  std::vector<std::string>& differences_;
};

[[nodiscard]] std::string json_text(simdjson::simdjson_result<Json> value);
[[nodiscard]] inline std::string json_text(Json value) {
  return simdjson::minify(value);
}

}  // namespace rs::collect
