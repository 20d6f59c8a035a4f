#pragma once
// Waiting that ends when it is asked to. Thread-safe (no state).

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace rs {

// Sleeps for `time`, or until `stop`. False when `stop` was requested.
inline bool sleep_unless_stopped(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace rs
