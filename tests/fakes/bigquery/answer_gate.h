#pragma once
// A gate that all answers to appends pass: while it is shut they wait. Thread-safe.

#include <functional>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace rs::fakes {

class AnswerGate {
 public:
  // Whether it is open; else `again` is called when it opens.
  [[nodiscard]] bool pass(std::function<void()> again) {
    const MutexLock lock(mutex_);
    if (open_) return true;
    waiting_.push_back(std::move(again));
    return false;
  }

  void shut() {
    const MutexLock lock(mutex_);
    open_ = false;
  }

  void open() {
    std::vector<std::function<void()>> waiting;
    {
      const MutexLock lock(mutex_);
      open_ = true;
      waiting.swap(waiting_);
    }
    for (const auto& again : waiting) again();
  }

 private:
  Mutex mutex_;
  bool open_ GUARDED_BY(mutex_) = true;
  std::vector<std::function<void()>> waiting_ GUARDED_BY(mutex_);
};

}  // namespace rs::fakes
