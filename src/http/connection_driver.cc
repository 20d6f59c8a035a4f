#include "http/connection_driver.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <sys/uio.h>
#include <unistd.h>

#include "http/monotonic.h"
#include "http/socket.h"

namespace rs::http {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;
constexpr std::size_t kReceiveBytesMin = 4 * 1024;
constexpr int kReadsInARow = 8;
constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDHUP | EPOLLET;

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

std::chrono::milliseconds time_for(Deadline deadline, const Timeouts& timeouts, bool stopping) {
  switch (deadline) {
    case Deadline::kIdle:
      return timeouts.idle;
    case Deadline::kHead:
      return timeouts.head;
    case Deadline::kBody:
      return timeouts.body;
    case Deadline::kWrite:
      return timeouts.write;
    case Deadline::kPromise:
      return timeouts.promise;
    case Deadline::kLinger:
      break;
  }
  // A client that does not close must not hold up the end of the program.
  return stopping ? std::min(timeouts.linger, std::chrono::milliseconds(500)) : timeouts.linger;
}

}  // namespace

ConnectionDriver::ConnectionDriver(int epoll, const ServerSettings& settings,
                                   ConnectionTable& table, DeadlineWheel& wheel, Exchange& exchange,
                                   ThreadStats& stats, std::atomic<std::size_t>& open_total)
    : epoll_(epoll),
      settings_(settings),
      table_(table),
      wheel_(wheel),
      exchange_(exchange),
      stats_(stats),
      open_total_(open_total) {}

void ConnectionDriver::opened(int fd, const sockaddr_storage& peer) {
  Connection& connection = table_.open(fd);
  connection.peer_size = static_cast<std::uint8_t>(format_address(peer, connection.peer));
  watch(connection, kInput, EPOLL_CTL_ADD);
  arm(connection, Deadline::kIdle);
}

void ConnectionDriver::ready(Connection& connection, std::uint32_t events) {
  // Both directions are over, or the client has reset: nothing can be told to it any more.
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    close(connection);
    return;
  }
  if ((events & EPOLLRDHUP) != 0) {
    // Reading its end closes the connection; what was answered in this turn goes out before.
    if (connection.reply_queued && !send_queued_of(connection)) return;
    connection.peer_finished = true;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) connection.unread = true;
  if ((events & EPOLLOUT) != 0 && connection.blocked) {
    if (!send_unsent(connection) || connection.blocked || !resume(connection)) return;
  }
  if (connection.unread) read(connection);
}

void ConnectionDriver::settled(Connection& connection, Outcome outcome, std::uint32_t parts) {
  const std::int64_t started = connection.pending->started;
  if (!exchange_.settle(connection, outcome, parts)) return;
  stats_.latency.record(static_cast<std::uint64_t>(std::max<std::int64_t>(now_ - started, 0)));
  // With nothing more to read, its reply can wait for those of the others.
  const bool may_queue = connection.held.empty() && !connection.unread;
  if (flush(connection, may_queue) && !connection.blocked) resume(connection);
}

void ConnectionDriver::expired(Connection& connection) {
  switch (connection.deadline) {
    case Deadline::kHead:
    case Deadline::kBody:
      exchange_.refuse_late(connection, connection.held.data(), connection.held.size());
      connection.held.release();
      flush(connection);
      return;
    case Deadline::kPromise:
      connection.pending->terms.keep_alive = false;
      stats_.promises_expired.add();
      settled(connection, Outcome::kRefused, connection.pending->open_parts);
      return;
    case Deadline::kIdle:
    case Deadline::kWrite:
    case Deadline::kLinger:
      stats_.connections_expired.add();
      close(connection);
      return;
  }
}

void ConnectionDriver::read_unfinished() {
  const auto again = std::exchange(unfinished_, {});
  for (const auto& [slot, generation] : again) {
    if (Connection* connection = table_.find(slot, generation)) read(*connection);
  }
}

void ConnectionDriver::stop() {
  stopping_ = true;
  exchange_.stop();
}

void ConnectionDriver::drain(Connection& connection) {
  if (connection.stage == Stage::kLingering) return arm(connection, Deadline::kLinger);
  connection.unread = true;
  if (!connection.may_read() || !read(connection)) return;
  if (connection.may_read() && !connection.unread && connection.held.empty()) close(connection);
}

void ConnectionDriver::abandon(Connection& connection) {
  if (connection.stage == Stage::kWaiting) {
    exchange_.settle_rest(connection, Outcome::kRefused);
    if (!flush(connection)) return;
  }
  close(connection);
}

bool ConnectionDriver::read(Connection& connection) {
  if (connection.stage == Stage::kLingering) return drop_input(connection);
  for (int reads = 0; connection.unread && connection.may_read(); ++reads) {
    if (reads == kReadsInARow) {
      unfinished_.emplace_back(connection.slot, connection.generation);
      return true;
    }
    const bool is_fresh = connection.held.empty();
    ByteBuffer& in = is_fresh ? received_ : connection.held;
    if (is_fresh) in.clear();
    char* to = in.reserve(
        is_fresh ? kReceiveBytes
                 : std::clamp(connection.reader.missing(), kReceiveBytesMin, kReceiveBytes));
    const std::size_t room = in.room();
    const ssize_t got = ::recv(connection.fd, to, room, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      connection.unread = false;
      return true;
    }
    if (got <= 0) return close(connection);
    const auto count = static_cast<std::size_t>(got);
    in.extend(count);
    stats_.bytes_in.add(count);
    // A short read has emptied the socket; but the end is seen by reading nothing only.
    connection.unread = count == room || connection.peer_finished;
    if (!converse(connection, in)) return false;
  }
  return true;
}

bool ConnectionDriver::converse(Connection& connection, ByteBuffer& in) {
  std::size_t from = 0;
  for (;;) {
    const auto rest = exchange_.consume(connection, in.data() + from, in.size() - from, now_);
    in.truncate(from + rest.end);
    from += rest.begin;
    const bool is_done = rest.begin == 0 || from == in.size();
    if (!flush(connection, is_done && !connection.unread)) return false;
    if (connection.stage == Stage::kLingering) return true;
    if (is_done || !connection.may_read()) break;
  }
  keep(connection, in, from);
  arm_for_stage(connection, from > 0);
  return true;
}

void ConnectionDriver::keep(Connection& connection, ByteBuffer& in, std::size_t from) {
  if (&in == &connection.held) {
    in.drop_front(from);
    if (in.empty()) in.release();
  } else if (from < in.size()) {
    connection.held.append(in.view().substr(from));
  }
}

void ConnectionDriver::arm_for_stage(Connection& connection, bool has_answered) {
  if (connection.stage == Stage::kWaiting) return arm(connection, Deadline::kPromise);
  if (!connection.may_read()) return;  // Armed where it began to wait.
  if (connection.held.empty()) return arm(connection, Deadline::kIdle);
  // Bytes that drip in do not put off the end of the time for one request.
  const Deadline part = connection.reader.in_body() ? Deadline::kBody : Deadline::kHead;
  if (has_answered || connection.deadline != part) arm(connection, part);
}

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
  if (connection.blocked) {
    connection.unsent.append(bytes);
    connection.unsent_shared = shared;
    return true;
  }
  const ssize_t sent = send_some(connection.fd, bytes, shared);
  if (sent < 0) return close(connection);
  const auto count = static_cast<std::size_t>(sent);
  stats_.bytes_out.add(count);
  if (count < bytes.size() + shared.size()) {
    connection.unsent.append(bytes.substr(std::min(count, bytes.size())));
    connection.unsent_shared = shared.substr(count - std::min(count, bytes.size()));
    connection.blocked = true;
    watch(connection, kInput | EPOLLOUT, EPOLL_CTL_MOD);
    arm(connection, Deadline::kWrite);
  }
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
    // Changing the watch reports room that has come up since the kernel last refused.
    if (count > 0) {
      watch(connection, kInput | EPOLLOUT, EPOLL_CTL_MOD);
      arm(connection, Deadline::kWrite);
    }
    return true;
  }
  connection.unsent.release();
  connection.unsent_from = 0;
  connection.unsent_shared = {};
  connection.blocked = false;
  watch(connection, kInput, EPOLL_CTL_MOD);
  return true;
}

// Goes on after an answer that was waited for, or that the kernel has now taken.
bool ConnectionDriver::resume(Connection& connection) {
  if (connection.stage == Stage::kFinishing) return linger(connection);
  if (!connection.may_read()) return true;
  if (connection.held.empty()) {
    arm(connection, Deadline::kIdle);
  } else if (!converse(connection, connection.held)) {
    return false;
  }
  if (!connection.may_read()) return true;
  if (connection.unread && !read(connection)) return false;
  if (stopping_ && connection.may_read() && !connection.unread && connection.held.empty()) {
    return close(connection);
  }
  return true;
}

// Closing with unread input would reset the connection, and the client might never see its answer
// (RFC 9112, section 9.6): our direction is closed, and the client's read until it closes too.
bool ConnectionDriver::linger(Connection& connection) {
  ::shutdown(connection.fd, SHUT_WR);
  connection.stage = Stage::kLingering;
  connection.held.release();
  arm(connection, Deadline::kLinger);
  return drop_input(connection);
}

bool ConnectionDriver::drop_input(Connection& connection) {
  while (connection.lingered <= settings_.linger_bytes_max) {
    // MSG_TRUNC: drops bytes without copying them (tcp(7)).
    const ssize_t got = ::recv(connection.fd, nullptr, kReceiveBytes, MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (got <= 0) break;
    connection.lingered += static_cast<std::size_t>(got);
  }
  return close(connection);
}

bool ConnectionDriver::close(Connection& connection) {
  ::close(connection.fd);
  wheel_.disarm(connection);
  table_.release(connection);
  stats_.connections_closed.add();
  open_total_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void ConnectionDriver::arm(Connection& connection, Deadline deadline) {
  connection.deadline = deadline;
  const std::chrono::microseconds time = time_for(deadline, settings_.timeouts, stopping_);
  wheel_.arm(connection, now_ + time.count());
}

void ConnectionDriver::watch(const Connection& connection, std::uint32_t events,
                             int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{connection.generation} << 32 | connection.slot;
  // Can fail for lack of kernel memory only; the connection's deadline then ends it.
  ::epoll_ctl(epoll_, operation, connection.fd, &event);
}

}  // namespace rs::http
