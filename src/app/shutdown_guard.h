#pragma once
// Sees to it that a shutdown ends in time, and that no promised row is lost when it does not: a
// sink, a library or a disk that hangs must not turn a stop into the platform's SIGKILL, which
// leaves neither rows nor a line in the log. Destroyed in time, it does nothing. Outlives what may
// hang in its destructor, and the delivery too once that has ended.
//   limit - what it takes    rows that no sink has become dead letters
//   limit - some time        and those that a sink has and does not answer for
//   limit                    says how many rows are lost, if any, and ends the process

#include <chrono>
#include <thread>

#include "base/mutex.h"
#include "delivery/delivery.h"

namespace rs::app {

class ShutdownGuard {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `deadline` is when `delivery` has ended if all is well.
  ShutdownGuard(delivery::Delivery& delivery, Time deadline, Time limit);
  ~ShutdownGuard();

  // It has: every row has its place, and is not asked for any more.
  void delivery_has_ended();

 private:
  void watch(Time limit);

  Mutex mutex_;
  delivery::Delivery* delivery_ GUARDED_BY(mutex_);  // Null once it has ended.
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  std::thread keeper_;   // May be kept waiting by the disk,
  std::thread watcher_;  // and this one is not.
};

}  // namespace rs::app
