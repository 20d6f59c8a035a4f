#pragma once
// Replays dead letters inside the running server: `real-streaming dead-letters replay` sets files
// aside, and this thread finds them within a second, and at start those that a crash left behind.

#include <thread>

#include "base/mutex.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"

namespace rs::app {

class ReplayWatch {
 public:
  // Both outlive this object.
  ReplayWatch(delivery::DeadLetters& letters, delivery::Delivery& delivery);
  // Waits for a replay in progress, which ends when Delivery stops.
  ~ReplayWatch();

 private:
  void run();

  delivery::DeadLetters& letters_;
  delivery::Delivery& delivery_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rs::app
