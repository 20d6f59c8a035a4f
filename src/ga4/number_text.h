#pragma once
// Numbers that arrive as text: whole ones become int_value, others double_value (GA4's rule), and
// text that is not a JSON number (true, NaN, Infinity, 007) stays text, so that nothing is lost.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "event/json_cursor.h"

namespace rs::ga4 {

// Value: row::ParamValue or row::UserPropertyValue. `text` must outlive it.
template <class Value>
void set_number_or_text(std::string_view text, Value& value) {
  event::JsonNumber number;
  if (!event::parse_json_number(text, number) || !std::isfinite(number.value)) {
    value.string_value = text;
  } else if (number.is_integer) {
    value.int_value = number.integer;
  } else {
    value.double_value = number.value;
  }
}

// Nothing for text that is not a finite number.
[[nodiscard]] inline std::optional<double> read_double(std::string_view text) {
  event::JsonNumber number;
  if (!event::parse_json_number(text, number) || !std::isfinite(number.value)) return std::nullopt;
  return number.value;
}

// Nothing unless `text` is decimal digits, perhaps behind a minus sign, and fits.
[[nodiscard]] inline std::optional<std::int64_t> read_int(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace rs::ga4
