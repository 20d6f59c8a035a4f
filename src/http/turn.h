#pragma once
// How much work one turn of a loop does before the loop waits for events again, and how much of it
// one connection gets: no client keeps a thread from the others for longer than a few milliseconds.
// Work is counted in bytes, not measured in time: a request costs kRequest and its body, a coded
// body also what it decodes to, an answer what has to be encoded of it; sending and receiving cost
// an eighth. A byte of work takes about 10 ns at worst, so a turn takes about 5 ms, a share 0.7 ms.
// Not thread-safe: one per loop.

#include <cstddef>

namespace rs::http {

class Turn {
 public:
  static constexpr std::size_t kTurn = 512 * 1024;
  static constexpr std::size_t kShare = 64 * 1024;
  static constexpr std::size_t kRequest = 512;
  // A request with more work than this waits while the turn is used up.
  static constexpr std::size_t kCostly = 16 * 1024;

  // A new turn.
  void begin() { done_ = share_begin_ = 0; }
  // What follows is the work of another connection.
  void begin_share() { share_begin_ = done_; }

  void add(std::size_t bytes) { done_ += bytes; }
  void add_transfer(std::size_t bytes) { done_ += bytes / 8; }

  [[nodiscard]] bool is_over() const { return done_ >= kTurn; }
  [[nodiscard]] bool is_share_over() const { return done_ - share_begin_ >= kShare || is_over(); }

 private:
  std::size_t done_ = 0, share_begin_ = 0;
};

}  // namespace rs::http
