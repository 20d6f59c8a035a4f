#pragma once
// Reads the lists of keys and values: event_params, user_properties and an item's item_params.
//   [{"key":"page_title","value":{"string_value":"Home"}}, ...]
// A value member that is null says nothing, and a value without members is no value. An int_value
// with a fraction or beyond int64 becomes double_value (unless that was sent too); a number that
// cannot be read becomes string_value (likewise). A repeated key keeps its first place and its last
// value.

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "event/key_table.h"
#include "event/limits.h"
#include "event/value_reader.h"
#include "row/row.h"

namespace rs::event {

// Keeps the first place and the last value of every key of `list`.
template <class Param>
void keep_last_of_each_key(std::vector<Param>& list, KeyTable& table) {
  constexpr std::size_t kFew = 16;  // Up to these, comparing all pairs is cheaper than hashing.
  const bool few = list.size() <= kFew;
  if (!few) table.start(list.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::size_t same = 0;
    if (few) {
      while (same < kept && *list[same].key != *list[i].key) ++same;
    } else {
      same = table.add(*list[i].key, kept);
    }
    if (same < kept) {
      list[same].value = list[i].value;
    } else {
      if (kept != i) list[kept] = list[i];
      ++kept;
    }
  }
  list.resize(kept);
}

class ParamReader {
 public:
  ParamReader(JsonCursor& json, ValueReader& values, KeyTable& keys)
      : json_(json), values_(values), keys_(keys) {}

  // A list of Param (row::EventParam, row::UserProperty), or null. `count` elements were sent
  // before it under the same key. False when it is not JSON.
  template <class Param>
  bool list(const Path& path, const ListLimit& limit, std::size_t& count, std::vector<Param>& out) {
    out.clear();
    if (json_.peek() == 'n') return json_.literal();
    if (json_.peek() != '[') return values_.wrong(problem::kNotList, path);
    const std::size_t start = json_.position();
    std::size_t index = 0;
    const bool read = json_.array([&] {
      const Path element{&path, {}, index++};
      if (++count > limit.count) return json_.skip();
      if (json_.peek() != '{') return values_.wrong(problem::kNotObject, element);
      return param(element, out);
    });
    if (!read) return false;
    if (count > limit.count) values_.note(problem::kLongList, &path, start, &limit);
    const std::size_t sent = out.size();
    keep_last_of_each_key(out, keys_);
    if (out.size() < sent) values_.warn(warning::kRepeatedKey, path, start);
    return true;
  }

  // Numbers that could not be read and became text, since this was last asked.
  [[nodiscard]] std::size_t take_kept_numbers() { return std::exchange(kept_numbers_, 0U); }

 private:
  // What was sent where a number should be.
  struct Unread {
    std::string_view text, member;  // Null data() of `text`: nothing.
  };

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
    out.reset();
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
    Unread unread;
    const bool read = json_.object([&](std::string_view name) {
      const Path member{&path, name};
      if (is(name, "string_value")) return values_.text(member, value.string_value);
      if (is(name, "int_value")) return integer(member, value.int_value, fraction, unread);
      if (is(name, "float_value")) return number(member, value.float_value, unread);
      if (is(name, "double_value")) return number(member, value.double_value, unread);
      if constexpr (std::is_same_v<Value, row::UserPropertyValue>) {
        if (is(name, "set_timestamp_micros")) {
          bool is_unread = false;
          return values_.moment(value.set_timestamp_micros, is_unread);
        }
      }
      return json_.skip();
    });
    if (!read) return false;
    if (fraction && !value.double_value) value.double_value = fraction;
    if (unread.text.data() != nullptr && !value.string_value) {
      value.string_value = unread.text;
      ++kept_numbers_;
    }
    if (!says_something(value)) out.reset();
    return true;
  }

  bool integer(const Path& path, std::optional<std::int64_t>& whole,
               std::optional<double>& fraction, Unread& unread) {
    SentNumber sent;
    whole.reset();
    fraction.reset();
    if (!values_.number(path, problem::kNotInteger, sent)) return false;
    if (sent.form == SentNumber::Form::kWhole) whole = sent.whole;
    if (sent.form == SentNumber::Form::kFraction) fraction = sent.value;
    keep(sent, path.key, unread);
    return true;
  }
  bool number(const Path& path, std::optional<double>& out, Unread& unread) {
    SentNumber sent;
    out.reset();
    if (!values_.number(path, problem::kNotNumber, sent)) return false;
    if (sent.form == SentNumber::Form::kWhole || sent.form == SentNumber::Form::kFraction) {
      out = sent.value;
    }
    keep(sent, path.key, unread);
    return true;
  }
  static void keep(const SentNumber& sent, std::string_view member, Unread& unread) {
    if (sent.form == SentNumber::Form::kUnread) {
      unread = {sent.text, member};
    } else if (unread.member == member) {
      unread = {};
    }
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
  KeyTable& keys_;
  std::size_t kept_numbers_ = 0;
};

}  // namespace rs::event
