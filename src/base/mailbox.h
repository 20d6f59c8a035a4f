#pragma once
// How an answer that waited for a promise gets back to the thread that owes it.
//   request thread --Promise--> delivery ... delivery --Settlement--> Mailbox (that thread's)
// A Promise is plain data. It covers the rows of one request, each of which is a part of it; parts
// are settled exactly once, from any thread, alone or together. It is kept when all of them are.

#include <cstdint>
#include <span>

namespace rs {

// From the best to the worst.
enum class Outcome : std::uint8_t {
  kKept,      // The row is where the acknowledgement setting says it must be.
  kRejected,  // The destination will never take the row; it is in the dead letters.
  kRefused,   // The row was given up before it was kept (shutdown): the client must send it again.
};

// What a promise of several parts comes to.
[[nodiscard]] constexpr Outcome worse_of(Outcome a, Outcome b) {
  return a > b ? a : b;
}

struct Settlement {
  std::uint64_t ticket;  // As given in the Promise.
  Outcome outcome;
  std::uint32_t parts = 1;  // Rows that it decides.
};

class Mailbox {
 public:
  virtual ~Mailbox() = default;
  // Thread-safe, never waits for the owner. The owner outlives every Promise that names it.
  virtual void post(std::span<const Settlement> settlements) = 0;
};

struct Promise {
  Mailbox* mailbox = nullptr;  // Null: nobody waits.
  std::uint64_t ticket = 0;    // Means something to the mailbox only.
};

}  // namespace rs
