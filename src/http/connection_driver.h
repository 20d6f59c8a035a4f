#pragma once
// Moves bytes between the sockets of one thread and its Exchange, and keeps each connection's
// deadline. Sockets are edge-triggered: it reads until there is no more, or remembers that there
// may be (Connection::unread). One send answers all that one read brought; what the kernel does not
// take waits in Connection::unsent, and nothing is read until it has gone.
// Each connection gets a share of a turn: what is left is put off to the next one (turn.h).
// Replies to one turn's requests go out together, at its end: reading and answering one request
// after the other, then sending one reply after the other, keeps either side's code and data in
// the processor's caches (measured: 0.92 of the CPU of sending each at once, 64 connections).
// Not thread-safe. A call may close the connection it is for, never another.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/connection.h"
#include "http/exchange.h"
#include "http/settings.h"
#include "http/stats.h"

namespace rs::http {

inline constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDHUP | EPOLLET;

class ConnectionDriver {
 public:
  // What it works with; all of it outlives the driver. `open_total` counts the connections of all
  // threads.
  struct Parts {
    int epoll;
    const ServerSettings& settings;
    ConnectionTable& table;
    DeadlineWheel& wheel;
    Exchange& exchange;
    Turn& turn;
    UnfinishedList& unfinished;
    ThreadStats& stats;
    std::atomic<std::size_t>& open_total;
  };
  explicit ConnectionDriver(const Parts& parts);

  // The time from here on, in monotonic microseconds.
  void set_now(std::int64_t now) { now_ = now; }

  // Throws std::bad_alloc when there is no memory for it; the descriptor stays the caller's then.
  void opened(int fd, const sockaddr_storage& peer);
  void ready(Connection& connection, std::uint32_t events);
  void settled(Connection& connection, Outcome outcome, std::uint32_t parts);
  void expired(Connection& connection);

  // Sends the replies that wait for the end of a turn; to be called before waiting for events.
  void send_queued();

  // Connections whose share of a turn was over, or that this turn has not come to.
  [[nodiscard]] bool has_put_off() const { return !put_off_.empty(); }
  // Gives each of them its share, until the turn is over.
  void go_on_with_put_off();

  // To be called after each send_queued(): when unfinished requests and answers hold too much
  // memory, those that have held theirs longest give it up. May close any connection.
  void relieve();

  // There are as many connections as may be, or descriptors. Closes those whose clients have kept
  // us waiting longest: idle ones, and ones with an unfinished request or an unread answer. Returns
  // how many.
  std::size_t make_room();

  // Stopping. stop() makes each answer the last of its connection; then drain() takes what has
  // arrived on one, and closes it if that leaves it idle; abandon() ends one whatever it is doing.
  void stop();
  void drain(Connection& connection);
  void abandon(Connection& connection);

 private:
  // Runs `act` for the connection. When there is no memory the connection is answered 503, or
  // closed: the thread goes on.
  template <class Act>
  void guarded(Connection& connection, Act&& act) {
    const std::uint32_t generation = connection.generation;
    try {
      act();
    } catch (const std::bad_alloc&) {
      if (connection.fd >= 0 && connection.generation == generation) run_out_of_memory(connection);
    }
  }
  void run_out_of_memory(Connection& connection);
  void take(Connection& connection, std::uint32_t events);
  void settle(Connection& connection, Outcome outcome, std::uint32_t parts);
  void expire(Connection& connection);
  void read_the_rest(Connection& connection);
  void go_on(Connection& connection);

  // These return whether the connection is still open.
  bool read(Connection& connection);
  bool converse(Connection& connection, coding::ByteBuffer& in);
  bool flush(Connection& connection, bool may_queue = false);
  bool send_queued_of(const Connection& connection);
  bool send_reply(Connection& connection, std::string_view bytes, std::string_view shared);
  bool keep_unsent(Connection& connection, std::string_view bytes, std::string_view shared);
  bool send_unsent(Connection& connection);
  bool resume(Connection& connection);
  bool close_if_done(Connection& connection);
  bool linger(Connection& connection);
  bool drop_input(Connection& connection);
  bool close(Connection& connection);

  void put_off(Connection& connection);
  void give_up(Connection& connection);
  void refuse_unfinished(Connection& connection, Refusal refusal);
  void hold(Connection& connection) {
    const std::size_t bytes = connection.held.capacity() + connection.unsent.capacity();
    unfinished_.hold(connection, bytes, now_);
  }
  void send_each_queued();
  void record_latency(unsigned answered);
  void keep(Connection& connection, coding::ByteBuffer& in, std::size_t from);
  void arm_for_stage(Connection& connection, bool has_answered);
  void arm(Connection& connection, Deadline deadline);
  void watch(const Connection& connection, std::uint32_t events, int operation) const;

  // A reply begins in exchange_.outgoing() where the one before it ends. A connection may have two:
  // one that waited for its promise, and one to what it has sent since.
  struct QueuedReply {
    Connection* connection;
    std::uint32_t generation;
    std::size_t end;
    unsigned answered;
  };
  static constexpr std::size_t kQueuedMax = 64;  // About 30 KB of replies.

  const int epoll_;
  const ServerSettings& settings_;
  ConnectionTable& table_;
  DeadlineWheel& wheel_;
  Exchange& exchange_;
  Turn& turn_;
  UnfinishedList& unfinished_;
  ThreadStats& stats_;
  std::atomic<std::size_t>& open_total_;
  bool stopping_ = false;
  std::int64_t now_ = 0;
  std::int64_t over_since_ = 0;  // Unfinished requests hold too much; 0: they do not.
  coding::ByteBuffer received_;  // Empty between two calls.
  std::vector<QueuedReply> queued_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> put_off_,
      put_off_before_;  // Slot, generation.
};

}  // namespace rs::http
