#pragma once
// Deadlines of many connections without a timer for each: a ring of intrusive lists, one for each
// tick. Moving a deadline later is one store (the node is looked at when its old tick comes, and
// put where it belongs then), which is what every request of a kept-alive connection does.
// Not thread-safe. Does not own its nodes: disarm() before a node dies. Times are microseconds of
// any clock that never goes back.

#include <array>
#include <cstddef>
#include <cstdint>

namespace rs::http {

struct DeadlineNode {
  DeadlineNode *previous = nullptr, *next = nullptr;
  std::int64_t due = 0;
  std::int64_t tick = 0;  // Where it is linked, when next is not null.
};

class DeadlineWheel {
 public:
  DeadlineWheel(std::int64_t tick_micros, std::int64_t now);
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  // Replaces the node's former deadline.
  void arm(DeadlineNode& node, std::int64_t due);
  void disarm(DeadlineNode& node) {
    if (node.next != nullptr) unlink(node);
  }

  // When the next tick is over.
  [[nodiscard]] std::int64_t next_tick_at() const { return (current_ + 1) * tick_micros_; }

  // Calls expired(node) for each node whose deadline lies before the last full tick; it is
  // disarmed then, and may be armed again or destroyed. Other nodes must not be destroyed.
  template <class Expired>
  void advance(std::int64_t now, Expired&& expired) {
    const std::int64_t reached = now / tick_micros_;
    // After a long sleep once around is enough: that looks at every node.
    if (reached - current_ > kTicks) current_ = reached - kTicks;
    while (current_ < reached) {
      ++current_;
      DeadlineNode passed;
      take_list(ring_[slot(current_)], passed);
      while (passed.next != &passed) {
        DeadlineNode& node = *passed.next;
        unlink(node);
        if (node.due < current_ * tick_micros_) {
          expired(node);
        } else {
          arm(node, node.due);
        }
      }
    }
  }

 private:
  static constexpr std::int64_t kTicks = 128;
  static std::size_t slot(std::int64_t tick) { return static_cast<std::size_t>(tick % kTicks); }
  static void unlink(DeadlineNode& node);
  static void take_list(DeadlineNode& from, DeadlineNode& to);

  std::int64_t tick_micros_;
  std::int64_t current_;  // The last tick that was looked at.
  std::array<DeadlineNode, static_cast<std::size_t>(kTicks)> ring_;  // Heads of circular lists.
};

}  // namespace rs::http
