#pragma once
// The memory of what is unfinished: requests that are not whole, bodies while they are decoded,
// answers that their clients have not taken. One bound holds for all request threads together;
// when it is passed, the connection whose memory has been held longest has to give it up, on
// whichever thread it lives.
//
//   UnfinishedTotal   shared: the sum, and how long the oldest of each thread has been held
//   UnfinishedList    one per thread: its connections that hold memory, oldest first

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>

namespace rs::http {

// Thread-safe, but for add_thread().
class UnfinishedTotal {
 public:
  explicit UnfinishedTotal(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Before any thread runs; returns the thread's number. `wakeup` is an eventfd that wakes its loop
  // and outlives the last request thread.
  unsigned add_thread(int wakeup);

  [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_over() const { return bytes() > bytes_max_; }

 private:
  friend class UnfinishedList;
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  struct alignas(64) Thread {
    int wakeup = -1;
    std::atomic<std::int64_t> oldest{kNone};  // Since when its oldest connection holds memory.
  };

  const std::size_t bytes_max_;
  std::atomic<std::size_t> bytes_{0};
  std::deque<Thread> threads_;  // A deque never moves them.
};

// A connection, while it holds memory.
struct UnfinishedNode {
  UnfinishedNode *older = nullptr, *younger = nullptr;
  std::int64_t held_since = 0;  // Monotonic microseconds.
  std::size_t held_bytes = 0;   // 0: not in the list.
};

// Not thread-safe. Does not own its nodes: hold() nothing before a node dies.
class UnfinishedList {
 public:
  UnfinishedList(UnfinishedTotal& total, unsigned thread);
  UnfinishedList(const UnfinishedList&) = delete;
  UnfinishedList& operator=(const UnfinishedList&) = delete;

  // The node holds `bytes` from now on. Since when does not change while it holds any.
  void hold(UnfinishedNode& node, std::size_t bytes, std::int64_t now) {
    if (bytes != node.held_bytes) change(node, bytes, now);
  }
  // What the node holds belongs to a new request.
  void restart(UnfinishedNode& node, std::int64_t now);
  // What is decoded on this thread holds `bytes`.
  void hold_decoded(std::size_t bytes);

  [[nodiscard]] bool is_over() const { return total_.is_over(); }
  // Null when nothing of this thread holds memory.
  [[nodiscard]] UnfinishedNode* oldest() {
    return ends_.younger == &ends_ ? nullptr : ends_.younger;
  }
  // Whether no other thread has an older one. Otherwise wakes the thread that has it.
  [[nodiscard]] bool has_oldest_of_all() const;

 private:
  void change(UnfinishedNode& node, std::size_t bytes, std::int64_t now);
  void add_youngest(UnfinishedNode& node, std::int64_t now);
  static void remove(UnfinishedNode& node);
  void publish();
  void count(std::size_t before, std::size_t after);

  UnfinishedTotal& total_;
  UnfinishedTotal::Thread& own_;
  std::size_t decoded_ = 0;
  UnfinishedNode ends_;  // Its `younger` is the oldest node, its `older` the youngest.
};

}  // namespace rs::http
