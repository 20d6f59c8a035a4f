#pragma once
// What is remembered of one connection between two events, and the table of all of one thread.
// An idle connection holds no buffer: 350 bytes are what it costs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "coding/byte_buffer.h"
#include "http/deadline_wheel.h"
#include "http/message.h"
#include "http/reply.h"
#include "http/request_reader.h"
#include "http/unfinished.h"

namespace rs::http {

// A complete response that waits for its promise.
struct PendingReply {
  Response response;
  ReplyTerms terms;
  std::int64_t started = 0;          // Monotonic microseconds.
  std::uint32_t open_parts = 0;      // Of the promise; the answer waits for all.
  Outcome outcome = Outcome::kKept;  // The worst so far.
};

enum class Stage : std::uint8_t {
  kReading,    // Between requests, or within one.
  kWaiting,    // For a promise: `pending` is set.
  kFinishing,  // The last answer is on its way; nothing is read.
  kLingering,  // It has been sent. What still comes is dropped, so that it is not lost by a reset.
};

enum class Deadline : std::uint8_t { kIdle, kHead, kBody, kWrite, kPromise, kLinger };

struct Connection : DeadlineNode, UnfinishedNode {
  int fd = -1;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // Told in each event, so that one of a predecessor is known.
  std::uint32_t promise = 0;     // Counts requests; the live one's ticket holds it.
  Stage stage = Stage::kReading;
  Deadline deadline = Deadline::kIdle;
  bool peer_finished = false;  // The client will send no more: read until the end is seen.
  bool unread = false;         // Bytes may have come while we were not reading.
  bool put_off = false;        // Its share of the turn was over: it goes on in the next one.
  bool blocked = false;        // The kernel takes no more: `unsent` waits for EPOLLOUT.
  bool reply_queued = false;   // A reply of this turn waits for the turn's end.
  std::uint8_t peer_size = 0;
  std::array<char, 46> peer;  // INET6_ADDRSTRLEN.

  RequestReader reader;
  coding::ByteBuffer held;    // Read, not yet answered.
  coding::ByteBuffer unsent;  // Replies, then `unsent_shared`.
  std::size_t unsent_from = 0;
  std::size_t taken = 0;  // Of what waits: taken by the client since Deadline::kWrite was armed.
  std::string_view unsent_shared;
  std::size_t lingered = 0;  // Bytes dropped so far.
  std::unique_ptr<PendingReply> pending;

  [[nodiscard]] std::string_view peer_address() const { return {peer.data(), peer_size}; }
  [[nodiscard]] std::uint64_t ticket() const { return std::uint64_t{promise} << 32 | slot; }
  [[nodiscard]] bool may_read() const { return stage == Stage::kReading && !blocked; }
};

class ConnectionTable {
 public:
  Connection& open(int fd);  // Throws std::bad_alloc, and changes nothing then.
  void release(Connection& connection);

  // Null when it is no longer that connection.
  [[nodiscard]] Connection* find(std::uint32_t slot, std::uint32_t generation);
  [[nodiscard]] Connection* find_waiting(std::uint64_t ticket);
  // What find_waiting() and an answer will touch comes into the processor's caches by these, which
  // follow each other with some time between: each needs what the one before has brought.
  void fetch(std::uint64_t ticket);
  void fetch_pending(std::uint64_t ticket);
  void fetch_headers(std::uint64_t ticket);
  [[nodiscard]] std::size_t size() const { return open_; }

  // `visit(connection)` may close that connection, not others.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::uint32_t slot = 0; slot < slots_; ++slot) {
      if (Connection& connection = at(slot); connection.fd >= 0) visit(connection);
    }
  }

 private:
  static constexpr std::uint32_t kPage = 64;  // Connections never move: events point to them.
  // Null when that connection waits no more.
  const PendingReply* pending_of(std::uint64_t ticket);
  Connection& at(std::uint32_t slot) { return pages_[slot / kPage][slot % kPage]; }

  std::vector<std::unique_ptr<Connection[]>> pages_;
  std::vector<std::uint32_t> free_;
  std::uint32_t slots_ = 0;
  std::size_t open_ = 0;
};

}  // namespace rs::http
