#pragma once
// How long the disk takes to make a group durable, while it does and afterwards. begin() and end()
// are for the thread that writes, the rest is for any.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace rs::spool {

// A group that takes so long is worth a warning, and makes the server not ready.
inline constexpr std::chrono::seconds kSlowCommit{2};
// For how long after its end. Then it is: without new groups there is nothing to learn.
inline constexpr std::chrono::seconds kSlowCommitRemembered{10};

class CommitClock {
 public:
  using Clock = std::chrono::steady_clock;
  using Micros = std::chrono::microseconds;

  void begin() { begun_.store(now().count(), std::memory_order_relaxed); }
  // What it took.
  Micros end() {
    const Micros at = now(), took = at - Micros(begun_.load(std::memory_order_relaxed));
    took_.store(took.count(), std::memory_order_relaxed);
    ended_.store(at.count(), std::memory_order_relaxed);
    begun_.store(0, std::memory_order_relaxed);
    return took;
  }

  // What the last group took, or the one in progress so far if that is longer.
  [[nodiscard]] Micros last() const { return std::max(last_ended(), running()); }
  // The same, without a group that ended longer than `window` ago: it says nothing of the disk now.
  [[nodiscard]] Micros within(std::chrono::seconds window) const {
    const Micros age = now() - Micros(ended_.load(std::memory_order_relaxed));
    return std::max(age <= window ? last_ended() : Micros(0), running());
  }

 private:
  [[nodiscard]] static Micros now() {
    return std::chrono::duration_cast<Micros>(Clock::now().time_since_epoch());
  }
  [[nodiscard]] Micros last_ended() const { return Micros(took_.load(std::memory_order_relaxed)); }
  [[nodiscard]] Micros running() const {
    const Micros begun(begun_.load(std::memory_order_relaxed));
    return begun == Micros(0) ? Micros(0) : now() - begun;
  }

  // Microseconds of the clock; 0 for none.
  std::atomic<std::int64_t> begun_{0}, took_{0}, ended_{0};
};

}  // namespace rs::spool
