#pragma once
// The trace that a request belongs to, by Google's header X-Cloud-Trace-Context:
// "TRACE_ID/SPAN_ID;o=OPTIONS", 32 hexadecimal digits and a decimal number.

#include <cstdint>
#include <string_view>

namespace rs::obs {

struct Trace {
  std::string_view id;     // 32 hexadecimal digits; empty when there is no trace.
  std::uint64_t span = 0;  // 0: none.
  bool sampled = false;
};

// Any client can send the header: what looks different is no trace.
[[nodiscard]] Trace parse_trace(std::string_view header);

}  // namespace rs::obs
