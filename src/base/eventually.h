#pragma once
// For tests: what another thread brings about, waited for with an end, so that a test fails by what
// it waited for and does not hang.

#include <chrono>
#include <thread>

namespace rs {

// Whether `holds()` becomes true within a time that no working machine needs. Thread-safe as it is.
template <class Holds>
[[nodiscard]] bool eventually(Holds&& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

}  // namespace rs
