#pragma once
// The messages this process holds, and what the service must be told about each.
//   add --> held --settle--> [to tell] --take_told--> telling --told--> gone
//             |                 ^________________________________|  not yet: told again
//             +--take_due--> extending --extended--> held
// Time is an argument. Not thread-safe: Subscriber guards it with its lock.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rs::pubsub {

using Clock = std::chrono::steady_clock;

// What becomes of a message.
enum class Fate : std::uint8_t {
  kStored,    // Acknowledged: the service forgets it.
  kReturned,  // Given back: the service delivers it again, to this reader or another.
};

// Messages named in one request, and by what the service knows them.
struct LeaseBatch {
  std::vector<std::uint64_t> tickets;
  std::vector<std::string> ack_ids;
  Clock::time_point begun;
};

class Leases {
 public:
  explicit Leases(std::chrono::seconds deadline) : deadline_(deadline) {}

  // A message was delivered; its ticket, or nothing when it is held already (its lease had ended
  // for the service): then the new `ack_id` counts from now on, and there is nothing to be done.
  [[nodiscard]] std::optional<std::uint64_t> add(const std::string& message_id, std::string ack_id,
                                                 std::size_t bytes, Clock::time_point now);

  // The message need not be held any more. Once for each ticket.
  void settle(std::uint64_t ticket, Fate fate);

  // Up to `most` messages that the service is to be told of. told() follows once it knows or, for
  // messages to be tried again, once it is known that it does not. What was not told by the end of
  // its lease is dropped: the service delivers it again.
  [[nodiscard]] LeaseBatch take_settled(Fate fate, std::size_t most, Clock::time_point now);
  void told(const LeaseBatch& batch, Fate fate, bool again, Clock::time_point now);

  // Up to `most` messages of whose lease no more than half is left. extended() follows.
  [[nodiscard]] LeaseBatch take_due(std::size_t most, Clock::time_point now);
  void extended(const LeaseBatch& batch, bool good);

  // Held, or settled and the service not told yet.
  [[nodiscard]] std::size_t size() const { return held_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t settled(Fate fate) const { return queue(fate).size(); }
  // When take_due() will have something; max() when there is nothing to extend.
  [[nodiscard]] Clock::time_point due_at() const;

 private:
  struct Held {
    std::string message_id, ack_id;
    std::size_t bytes;
    Clock::time_point expires;
    std::optional<Fate> fate;
    bool extending = false;
  };
  using Map = std::unordered_map<std::uint64_t, Held>;

  [[nodiscard]] std::deque<std::uint64_t>& queue(Fate fate) {
    return fate == Fate::kStored ? stored_ : returned_;
  }
  [[nodiscard]] const std::deque<std::uint64_t>& queue(Fate fate) const {
    return fate == Fate::kStored ? stored_ : returned_;
  }
  void drop(Map::iterator held);

  const Clock::duration deadline_;
  Map held_;  // By ticket.
  std::unordered_map<std::string, std::uint64_t> by_message_;
  std::deque<std::uint64_t> stored_, returned_;  // To be told, oldest first.
  // By the end of the lease; an entry that is out of date is passed over.
  std::deque<std::pair<Clock::time_point, std::uint64_t>> by_end_;
  std::uint64_t next_ = 1;
  std::size_t bytes_ = 0;
};

}  // namespace rs::pubsub
