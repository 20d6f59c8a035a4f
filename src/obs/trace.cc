#include "obs/trace.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace rs::obs {

Trace parse_trace(std::string_view header) {
  constexpr std::size_t kIdLength = 32;
  Trace trace;
  const std::string_view id = take_until(header, '/');
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
  };
  if (id.size() != kIdLength || !std::all_of(id.begin(), id.end(), is_hex)) return trace;
  trace.id = id;
  const std::string_view span = take_until(header, ';');
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(span.data(), span.data() + span.size(), number);
  if (error == std::errc{} && end == span.data() + span.size()) trace.span = number;
  trace.sampled = header == "o=1";
  return trace;
}

}  // namespace rs::obs
