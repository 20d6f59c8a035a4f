// The half of ConnectionDriver that sends.

#include <algorithm>
#include <cerrno>
#include <new>

#include <sys/uio.h>

#include "http/connection_driver.h"
#include "http/monotonic.h"

namespace rs::http {
namespace {

// Bytes taken, 0 when the kernel has no room, -1 when the connection is broken.
ssize_t send_some(int fd, std::string_view bytes, std::string_view shared) {
  iovec parts[2] = {{const_cast<char*>(bytes.data()), bytes.size()},
                    {const_cast<char*>(shared.data()), shared.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  for (;;) {
    const ssize_t sent = shared.empty() ? ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                        : ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return -1;
  }
}

// Whether it has not been closed since.
bool is_still(const Connection& connection, std::uint32_t generation) {
  return connection.fd >= 0 && connection.generation == generation;
}

}  // namespace

// Sends what the exchange has written for this connection, or queues it for the end of the turn.
bool ConnectionDriver::flush(Connection& connection, bool may_queue) {
  ReplyWriter& out = exchange_.outgoing();
  const unsigned answered = exchange_.take_answered();
  const std::size_t queued = queued_.empty() ? 0 : queued_.back().end;
  if (out.bytes().size() > queued) {
    if (may_queue && connection.stage == Stage::kReading && out.shared().empty()) {
      queued_.push_back({&connection, connection.generation, out.bytes().size(), answered});
      connection.reply_queued = true;
      // Full, the exchange would answer nobody else, and nothing would wake them again.
      if (queued_.size() < kQueuedMax && !out.is_full()) return true;
      return send_queued_of(connection);
    }
    const std::uint32_t generation = connection.generation;
    send_each_queued();
    const bool is_open = is_still(connection, generation) &&
                         send_reply(connection, out.bytes().substr(queued), out.shared());
    out.clear();
    record_latency(answered);
    if (!is_open) return false;
  }
  if (connection.stage == Stage::kFinishing && !connection.blocked) return linger(connection);
  return true;
}

void ConnectionDriver::send_queued() {
  if (queued_.empty()) return;
  send_each_queued();
  exchange_.outgoing().clear();
}

bool ConnectionDriver::send_queued_of(const Connection& connection) {
  const std::uint32_t generation = connection.generation;
  send_queued();
  return is_still(connection, generation);
}

void ConnectionDriver::send_each_queued() {
  std::size_t from = 0;
  unsigned answered = 0;
  for (const QueuedReply& reply : queued_) {
    const auto bytes = exchange_.outgoing().bytes().substr(from, reply.end - from);
    from = reply.end;
    answered += reply.answered;
    if (!is_still(*reply.connection, reply.generation)) continue;
    reply.connection->reply_queued = false;
    send_reply(*reply.connection, bytes, {});
  }
  queued_.clear();
  record_latency(answered);
}

bool ConnectionDriver::send_reply(Connection& connection, std::string_view bytes,
                                  std::string_view shared) {
  // By an earlier reply of this turn; nothing is answered in later ones before that has gone.
  if (connection.blocked) return keep_unsent(connection, bytes, shared);
  const ssize_t sent = send_some(connection.fd, bytes, shared);
  if (sent < 0) return close(connection);
  const auto count = static_cast<std::size_t>(sent);
  stats_.bytes_out.add(count);
  if (count == bytes.size() + shared.size()) return true;
  connection.blocked = true;
  connection.taken = 0;
  watch(connection, kInput | EPOLLOUT, EPOLL_CTL_MOD);
  arm(connection, Deadline::kWrite);
  const std::size_t of_bytes = std::min(count, bytes.size());
  return keep_unsent(connection, bytes.substr(of_bytes), shared.substr(count - of_bytes));
}

// A part of a reply cannot be taken back: without memory for the rest the connection is closed.
bool ConnectionDriver::keep_unsent(Connection& connection, std::string_view bytes,
                                   std::string_view shared) {
  try {
    connection.unsent.append(bytes);
  } catch (const std::bad_alloc&) {
    return close(connection);
  }
  connection.unsent_shared = shared;
  hold(connection);
  return true;
}

void ConnectionDriver::record_latency(unsigned answered) {
  if (answered == 0) return;
  const std::int64_t started = now_;
  now_ = monotonic_micros();
  for (unsigned i = 0; i < answered; ++i) {
    stats_.latency.record(static_cast<std::uint64_t>(now_ - started));
  }
}

bool ConnectionDriver::send_unsent(Connection& connection) {
  const std::string_view bytes = connection.unsent.view().substr(connection.unsent_from);
  const std::string_view shared = connection.unsent_shared;
  const ssize_t sent = send_some(connection.fd, bytes, shared);
  if (sent < 0) return close(connection);
  const auto count = static_cast<std::size_t>(sent);
  stats_.bytes_out.add(count);
  connection.unsent_from += std::min(count, bytes.size());
  connection.unsent_shared.remove_prefix(count - std::min(count, bytes.size()));
  if (count < bytes.size() + shared.size()) {
    if (count == 0) return true;
    // Changing the watch reports room that has come up since the kernel last refused.
    watch(connection, kInput | EPOLLOUT, EPOLL_CTL_MOD);
    connection.taken += count;
    if (connection.taken >= settings_.write_bytes_min) {
      connection.taken = 0;
      arm(connection, Deadline::kWrite);
    }
    return true;
  }
  connection.unsent.release();
  hold(connection);
  connection.unsent_from = 0;
  connection.unsent_shared = {};
  connection.blocked = false;
  watch(connection, kInput, EPOLL_CTL_MOD);
  return true;
}

}  // namespace rs::http
