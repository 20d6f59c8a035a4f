#pragma once
// Reads the lists of keys and values: event_params, user_properties and an item's item_params.
//   [{"key":"page_title","value":{"string_value":"Home"}}, ...]
// A value member that is null says nothing, and a value without members is no value. An int_value
// with a fraction or beyond int64 becomes double_value (unless that was sent too). A repeated key
// keeps its first place and its last value.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <type_traits>
#include <vector>

#include "event/value_reader.h"
#include "row/row.h"

namespace rs::event {

inline constexpr std::size_t kListMax = 10'000;  // Parameters or items in one list.

// Keeps the first place and the last value of every key of `list`.
template <class Param>
void keep_last_of_each_key(std::vector<Param>& list) {
  constexpr std::size_t kFew = 48;  // Below, comparing all pairs is cheaper than sorting.
  std::size_t kept = 0;
  if (list.size() <= kFew) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      std::size_t same = 0;
      while (same < kept && *list[same].key != *list[i].key) ++same;
      if (same < kept) {
        list[same].value = list[i].value;
      } else {
        if (kept != i) list[kept] = list[i];
        ++kept;
      }
    }
  } else {
    std::vector<std::size_t> order(list.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return *list[a].key < *list[b].key; });
    std::vector<bool> repeated(list.size());
    for (std::size_t first = 0, i = 1; i < order.size(); ++i) {
      if (*list[order[i]].key != *list[order[first]].key) {
        first = i;
        continue;
      }
      list[order[first]].value = list[order[i]].value;
      repeated[order[i]] = true;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!repeated[i]) list[kept++] = list[i];
    }
  }
  list.resize(kept);
}

class ParamReader {
 public:
  ParamReader(JsonCursor& json, ValueReader& values) : json_(json), values_(values) {}

  // A list of Param (row::EventParam, row::UserProperty), or null. False when it is not JSON.
  template <class Param>
  bool list(const Path& path, std::vector<Param>& out) {
    out.clear();
    if (json_.peek() == 'n') return json_.literal();
    if (json_.peek() != '[') return values_.wrong(problem::kNotList, path);
    const std::size_t start = json_.position();
    std::size_t index = 0;
    const bool read = json_.array([&] {
      const Path element{&path, {}, index++};
      if (json_.peek() != '{') return values_.wrong(problem::kNotObject, element);
      if (out.size() == kListMax) return json_.skip();
      return param(element, out);
    });
    if (!read) return false;
    if (index > kListMax) values_.note(problem::kLongList, &path, start);
    keep_last_of_each_key(out);
    return true;
  }

 private:
  template <class Param>
  bool param(const Path& path, std::vector<Param>& out) {
    const std::size_t start = json_.position();
    const Path key_path{&path, "key"}, value_path{&path, "value"};
    Param& param = out.emplace_back();
    bool has_key = false;
    const bool read = json_.object([&](std::string_view name) {
      if (is(name, "value")) return value(value_path, param.value);
      if (!is(name, "key")) return json_.skip();
      has_key = true;
      return key(key_path, param.key);
    });
    if (!read) return false;
    if (!has_key) values_.note(problem::kMissing, &key_path, start);
    if (!param.key) out.pop_back();
    return true;
  }

  bool key(const Path& path, std::optional<std::string_view>& out) {
    if (json_.peek() == 'n') return values_.wrong(problem::kNotText, path);
    const std::size_t start = json_.position();
    if (!values_.text(path, out)) return false;
    if (out && out->empty()) values_.note(problem::kEmptyText, &path, start);
    if (out && json_.escaped() && out->find('\0') != std::string_view::npos) {
      values_.note(problem::kNulInKey, &path, start);
    }
    return true;
  }

  template <class Value>
  bool value(const Path& path, std::optional<Value>& out) {
    out.reset();
    if (json_.peek() == 'n') return json_.literal();
    if (json_.peek() != '{') return values_.wrong(problem::kNotObject, path);
    Value& value = out.emplace();
    std::optional<double> fraction;  // Of int_value.
    const bool read = json_.object([&](std::string_view name) {
      const Path member{&path, name};
      if (is(name, "string_value")) return values_.text(member, value.string_value);
      if (is(name, "int_value")) {
        return values_.integer_or_fraction(member, value.int_value, fraction);
      }
      const auto* field = row::find_field<Value>(name);
      return field == nullptr ? json_.skip() : values_.field(member, *field, value);
    });
    if (!read) return false;
    if (fraction && !value.double_value) value.double_value = fraction;
    if (!says_something(value)) out.reset();
    return true;
  }

  static bool says_something(const row::ParamValue& value) {
    return value.string_value || value.int_value || value.float_value || value.double_value;
  }
  static bool says_something(const row::UserPropertyValue& value) {
    return value.string_value || value.int_value || value.float_value || value.double_value ||
           value.set_timestamp_micros;
  }

  JsonCursor& json_;
  ValueReader& values_;
};

}  // namespace rs::event
