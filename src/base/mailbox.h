#pragma once
// How an answer that waited for a promise gets back to the thread that owes it.
//   request thread --Promise--> delivery ... delivery --Settlement--> Mailbox (that thread's)
// A Promise is plain data: whoever holds it settles it exactly once, from any thread.

#include <cstdint>
#include <span>

namespace rs {

enum class Outcome : std::uint8_t {
  kKept,      // The row is where the acknowledgement setting says it must be.
  kRejected,  // The destination will never take the row; it is in the dead letters.
  kRefused,   // The row was given up before it was kept (shutdown): the client must send it again.
};

struct Settlement {
  std::uint64_t ticket;  // As given in the Promise.
  Outcome outcome;
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
