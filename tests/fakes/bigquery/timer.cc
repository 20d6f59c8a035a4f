#include "fakes/bigquery/timer.h"

#include <utility>

namespace rs::fakes {

Timer::Timer() : thread_([this] { run(); }) {}

Timer::~Timer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Timer::at(Clock::time_point due, std::function<void()> call) {
  {
    const MutexLock lock(mutex_);
    entries_.push({due, ++numbers_, std::move(call)});
  }
  changed_.notify_one();
}

void Timer::run() {
  for (;;) {
    std::function<void()> call;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && (entries_.empty() || entries_.top().due > Clock::now())) {
        if (entries_.empty()) {
          changed_.wait(mutex_);
        } else {
          const auto due = entries_.top().due;
          changed_.wait_until(mutex_, due);
        }
      }
      if (stopping_) return;
      call = entries_.top().call;
      entries_.pop();
    }
    call();
  }
}

}  // namespace rs::fakes
