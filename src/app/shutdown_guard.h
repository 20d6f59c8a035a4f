#pragma once
// Ends the process when a shutdown takes longer than it may: a library that hangs must not turn a
// stop into the platform's SIGKILL, which leaves no line in the log. Destroyed in time, it does
// nothing.

#include <chrono>
#include <thread>

#include "base/mutex.h"

namespace rs::app {

class ShutdownGuard {
 public:
  explicit ShutdownGuard(std::chrono::steady_clock::time_point limit);
  ~ShutdownGuard();

 private:
  void watch(std::chrono::steady_clock::time_point limit);

  Mutex mutex_;
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rs::app
