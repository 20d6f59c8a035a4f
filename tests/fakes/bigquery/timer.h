#pragma once
// Calls that are to be made later, by one thread, soonest first: answers of a slow server cost a
// place in a heap, not a thread each. Calls are made outside the lock and must not block.
// Thread-safe. What has not been called when it is destroyed never is.

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace rs::fakes {

class Timer {
 public:
  using Clock = std::chrono::steady_clock;

  Timer();
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void at(Clock::time_point due, std::function<void()> call);

 private:
  struct Entry {
    Clock::time_point due;
    std::uint64_t number;  // Of equal times the older one goes first.
    std::function<void()> call;
    bool operator<(const Entry& other) const {
      return due != other.due ? due > other.due : number > other.number;
    }
  };
  void run();

  Mutex mutex_;
  CondVar changed_;
  std::priority_queue<Entry> entries_ GUARDED_BY(mutex_);
  std::uint64_t numbers_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rs::fakes
