#include "http/connection_driver.h"

#include <algorithm>
#include <chrono>

#include <unistd.h>

#include "http/socket.h"

namespace rs::http {
namespace {

// How long the oldest holder of another thread may take to give up what it holds, in microseconds.
constexpr std::int64_t kPatienceWithOthers = 50'000;

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

ConnectionDriver::ConnectionDriver(const Parts& parts)
    : epoll_(parts.epoll),
      settings_(parts.settings),
      table_(parts.table),
      wheel_(parts.wheel),
      exchange_(parts.exchange),
      turn_(parts.turn),
      unfinished_(parts.unfinished),
      stats_(parts.stats),
      open_total_(parts.open_total) {
  queued_.reserve(kQueuedMax);
}

void ConnectionDriver::opened(int fd, const sockaddr_storage& peer) {
  Connection& connection = table_.open(fd);
  connection.peer_size = static_cast<std::uint8_t>(format_address(peer, connection.peer));
  watch(connection, kInput, EPOLL_CTL_ADD);
  arm(connection, Deadline::kIdle);
}

void ConnectionDriver::ready(Connection& connection, std::uint32_t events) {
  guarded(connection, [&] { take(connection, events); });
}

void ConnectionDriver::settled(Connection& connection, Outcome outcome, std::uint32_t parts) {
  guarded(connection, [&] { settle(connection, outcome, parts); });
}

void ConnectionDriver::expired(Connection& connection) {
  guarded(connection, [&] { expire(connection); });
}

void ConnectionDriver::drain(Connection& connection) {
  guarded(connection, [&] { read_the_rest(connection); });
}

void ConnectionDriver::run_out_of_memory(Connection& connection) {
  const std::size_t queued = queued_.empty() ? 0 : queued_.back().end;
  const bool may_be_told = connection.may_read();
  connection.held.release();
  hold(connection);
  try {
    if (may_be_told) {
      exchange_.refuse_out_of_memory(connection, queued);
      flush(connection);
      return;
    }
  } catch (const std::bad_alloc&) {
    // Not even for a few hundred bytes: closing it gives some back.
  }
  exchange_.outgoing().truncate(queued);
  if (connection.fd >= 0) close(connection);
}

void ConnectionDriver::take(Connection& connection, std::uint32_t events) {
  turn_.begin_share();
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
  if (connection.unread && !connection.put_off) read(connection);
}

void ConnectionDriver::settle(Connection& connection, Outcome outcome, std::uint32_t parts) {
  turn_.begin_share();
  const std::int64_t started = connection.pending->started;
  if (!exchange_.settle(connection, outcome, parts)) return;
  stats_.latency.record(static_cast<std::uint64_t>(std::max<std::int64_t>(now_ - started, 0)));
  // With nothing more to read, its reply can wait for those of the others.
  const bool may_queue = connection.held.empty() && !connection.unread;
  if (flush(connection, may_queue) && !connection.blocked) resume(connection);
}

void ConnectionDriver::expire(Connection& connection) {
  // It waits for its next share of a turn, not for its client.
  if (connection.put_off && connection.may_read()) return arm(connection, connection.deadline);
  switch (connection.deadline) {
    case Deadline::kHead:
    case Deadline::kBody:
      refuse_unfinished(connection, Refusal::kTimeout);
      return;
    case Deadline::kPromise:
      connection.pending->terms.keep_alive = false;
      stats_.promises_expired.add();
      settle(connection, Outcome::kRefused, connection.pending->open_parts);
      return;
    case Deadline::kIdle:
    case Deadline::kWrite:
    case Deadline::kLinger:
      stats_.connections_expired.add();
      close(connection);
      return;
  }
}

void ConnectionDriver::relieve() {
  if (!unfinished_.is_over()) {
    over_since_ = 0;
    return;
  }
  if (over_since_ == 0) over_since_ = now_;
  while (unfinished_.is_over()) {
    UnfinishedNode* const oldest = unfinished_.oldest();
    if (oldest == nullptr) return;
    if (!unfinished_.has_oldest_of_all() && now_ - over_since_ < kPatienceWithOthers) return;
    auto& connection = static_cast<Connection&>(*oldest);
    guarded(connection, [&] { give_up(connection); });
  }
}

std::size_t ConnectionDriver::make_room() {
  // Each look at all connections makes room for some, so that a flood of new ones stays cheap.
  constexpr std::size_t kMost = 64;
  std::vector<std::pair<std::int64_t, Connection*>> waiting;  // Since when.
  table_.for_each([&](Connection& connection) {
    if (connection.put_off || connection.reply_queued || connection.stage == Stage::kWaiting)
      return;
    const std::chrono::microseconds time =
        time_for(connection.deadline, settings_.timeouts, stopping_);
    waiting.emplace_back(connection.due - time.count(), &connection);
  });
  std::sort(waiting.begin(), waiting.end());
  std::size_t closed = 0;
  const std::size_t most = std::clamp<std::size_t>(waiting.size() / 64, 1, kMost);
  for (const auto& [since, connection] : waiting) {
    if (closed == most) break;
    // Its next request has come, and is read in this turn.
    char byte;
    if (::recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) continue;
    stats_.connections_evicted.add();
    close(*connection);
    ++closed;
  }
  return closed;
}

// Takes from the connection what it holds of our memory.
void ConnectionDriver::give_up(Connection& connection) {
  if (connection.may_read()) return refuse_unfinished(connection, Refusal::kUnfinishedBytes);
  if (connection.stage == Stage::kWaiting && connection.unsent.empty()) {
    // What has been sent behind the request that waits is not read: its answer is the last.
    stats_.refusals[static_cast<std::size_t>(Refusal::kUnfinishedBytes)].add();
    connection.pending->terms.keep_alive = false;
    connection.held.release();
    return hold(connection);
  }
  stats_.connections_evicted.add();
  close(connection);
}

void ConnectionDriver::refuse_unfinished(Connection& connection, Refusal refusal) {
  exchange_.refuse_unfinished(connection, connection.held.data(), connection.held.size(), refusal);
  connection.held.release();
  flush(connection);
}

void ConnectionDriver::stop() {
  stopping_ = true;
  exchange_.stop();
}

void ConnectionDriver::read_the_rest(Connection& connection) {
  if (connection.stage == Stage::kLingering) return arm(connection, Deadline::kLinger);
  connection.unread = true;
  turn_.begin_share();
  if (connection.may_read() && read(connection)) close_if_done(connection);
}

// Whether it is still open.
bool ConnectionDriver::close_if_done(Connection& connection) {
  const bool is_idle = connection.may_read() && !connection.unread && connection.held.empty();
  return !(stopping_ && is_idle) || close(connection);
}

void ConnectionDriver::abandon(Connection& connection) {
  if (connection.stage == Stage::kWaiting) {
    exchange_.settle_rest(connection, Outcome::kRefused);
    if (!flush(connection)) return;
  }
  close(connection);
}

bool ConnectionDriver::close(Connection& connection) {
  ::close(connection.fd);
  wheel_.disarm(connection);
  unfinished_.hold(connection, 0, now_);
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
