#include "app/replay_watch.h"

#include <chrono>

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
  for (;;) {
    if (!letters_.set_aside_files().empty()) {
      delivery::Replay replay(letters_, delivery_);
      const auto done = replay.run();
      if (done) {
        RS_LOG(kInfo, "Dead letters replayed: {} delivered, {} rejected again", done->delivered,
               done->rejected);
      } else {
        RS_LOG(kWarning, "Dead letters not replayed: {}", done.error().message);
      }
    }
    MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, std::chrono::seconds(1));
    if (stopping_) return;
  }
}

}  // namespace rs::app
