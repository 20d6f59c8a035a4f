#include "app/shutdown_guard.h"

#include <unistd.h>

#include "obs/log.h"

namespace rs::app {

ShutdownGuard::ShutdownGuard(std::chrono::steady_clock::time_point limit)
    : thread_([this, limit] { watch(limit); }) {}

ShutdownGuard::~ShutdownGuard() {
  {
    MutexLock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ShutdownGuard::watch(std::chrono::steady_clock::time_point limit) {
  MutexLock lock(mutex_);
  while (!done_) {
    if (changed_.wait_until(mutex_, limit) != std::cv_status::timeout || done_) continue;
    RS_LOG(kError,
           "The shutdown took longer than RUN__SHUTDOWN_SECONDS and is cut off; a batch that was "
           "still being written may be lost");
    obs::log_flush(std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
    _exit(1);
  }
}

}  // namespace rs::app
