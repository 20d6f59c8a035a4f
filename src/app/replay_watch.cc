#include "app/replay_watch.h"

#include <chrono>
#include <string>
#include <utility>

#include "delivery/replay.h"
#include "obs/log.h"

namespace rs::app {

ReplayWatch::ReplayWatch(delivery::DeadLetters& letters, delivery::Delivery& delivery)
    : letters_(letters), delivery_(delivery), thread_([this] { run(); }) {}

ReplayWatch::~ReplayWatch() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReplayWatch::run() {
  delivery::Replay replay(letters_, delivery_);
  std::string trouble;
  for (;;) {
    letters_.look();
    if (!letters_.set_aside_files().empty()) {
      const auto done = replay.run();
      if (done) {
        RS_LOG(kInfo, "Dead letters replayed: {} delivered, {} rejected again, {} damaged",
               done->delivered, done->rejected, done->damaged);
        trouble.clear();
      } else if (done.error().message != std::exchange(trouble, done.error().message)) {
        RS_LOG(kWarning, "Dead letters not replayed: {}", trouble);
      }
    }
    MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, std::chrono::seconds(1));
    if (stopping_) return;
  }
}

}  // namespace rs::app
