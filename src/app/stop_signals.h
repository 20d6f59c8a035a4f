#pragma once
// SIGTERM and SIGINT, taken by the thread that asks for them instead of interrupting another.
// Made before any thread: the others inherit that these are blocked. wait() is for one thread.

#include <chrono>
#include <optional>
#include <string_view>

#include <signal.h>

namespace rs::app {

class StopSignals {
 public:
  StopSignals();

  // The signal's name. From then on a second one ends the process at once.
  [[nodiscard]] std::string_view wait();
  // The same, or nothing when none comes in that time.
  [[nodiscard]] std::optional<std::string_view> wait_for(std::chrono::milliseconds time);

 private:
  [[nodiscard]] std::string_view taken(int signal);

  sigset_t set_;
};

}  // namespace rs::app
