#pragma once
// For tests: what another thread brings about, waited for with an end. A test that waits in vain
// fails by its own name and says what it waited for, long before the time limit of ctest.
//
//   EXPECT_TRUE(eventually([&] { return server->stats().requests == 2; }));
//
//   const Waiting waiting("a promise of the handler");
//   while (promises_.empty()) waiting.on(changed_, mutex_);

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/mutex.h"

namespace rs {

// A time that no working machine needs.
inline constexpr std::chrono::seconds kWaitingMax{20};

// Whether `holds()` becomes true; EXPECT_TRUE prints the condition. Thread-safe as `holds` is.
template <class Holds>
[[nodiscard]] testing::AssertionResult eventually(Holds&& holds) {
  const auto end = std::chrono::steady_clock::now() + kWaitingMax;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) {
      return testing::AssertionFailure() << "waited in vain for " << kWaitingMax.count() << " s";
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return testing::AssertionSuccess();
}

// One wait on a condition variable. Throws std::runtime_error, which fails the test, when it takes
// too long.
class Waiting {
 public:
  explicit Waiting(std::string what)
      : what_(std::move(what)), end_(std::chrono::steady_clock::now() + kWaitingMax) {}

  void on(CondVar& changed, Mutex& mutex) const REQUIRES(mutex) {
    if (changed.wait_until(mutex, end_) == std::cv_status::no_timeout) return;
    throw std::runtime_error("waited in vain for " + std::to_string(kWaitingMax.count()) +
                             " s for " + what_);
  }

 private:
  const std::string what_;
  const std::chrono::steady_clock::time_point end_;
};

}  // namespace rs
