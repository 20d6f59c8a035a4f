#pragma once
// The clock that deadlines and latencies are measured with.

#include <chrono>
#include <cstdint>

namespace rs::http {

// Never goes back; means nothing between two machines or boots.
[[nodiscard]] inline std::int64_t monotonic_micros() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace rs::http
