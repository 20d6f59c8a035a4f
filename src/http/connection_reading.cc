// The half of ConnectionDriver that receives, and has the exchange answer.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/connection_driver.h"

namespace rs::http {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;
constexpr std::size_t kReceiveBytesMin = 4 * 1024;
// While unfinished requests hold too much: enough for nearly every whole event.
constexpr std::size_t kReceiveBytesScarce = 16 * 1024;

}  // namespace

void ConnectionDriver::put_off(Connection& connection) {
  if (std::exchange(connection.put_off, true)) return;
  put_off_.emplace_back(connection.slot, connection.generation);
}

void ConnectionDriver::go_on_with_put_off() {
  put_off_before_.clear();
  put_off_before_.swap(put_off_);
  auto at = put_off_before_.begin();
  for (; at != put_off_before_.end() && !turn_.is_over(); ++at) {
    Connection* const connection = table_.find(at->first, at->second);
    if (connection == nullptr) continue;
    guarded(*connection, [&] { go_on(*connection); });
  }
  // Those that this turn has not come to are the first of the next one.
  put_off_.insert(put_off_.begin(), at, put_off_before_.end());
}

void ConnectionDriver::go_on(Connection& connection) {
  connection.put_off = false;
  turn_.begin_share();
  const bool has_held = connection.may_read() && !connection.held.empty();
  if (has_held && !converse(connection, connection.held)) return;
  if (connection.unread && !connection.put_off && !read(connection)) return;
  close_if_done(connection);
}

bool ConnectionDriver::read(Connection& connection) {
  if (connection.stage == Stage::kLingering) return drop_input(connection);
  for (bool is_first = true; connection.unread && connection.may_read(); is_first = false) {
    const bool is_fresh = connection.held.empty();
    const bool is_scarce = unfinished_.is_over();
    if ((turn_.is_share_over() && !is_first) || (is_scarce && !is_fresh)) {
      put_off(connection);
      return true;
    }
    coding::ByteBuffer& in = is_fresh ? received_ : connection.held;
    if (is_fresh) in.clear();
    const std::size_t missing = connection.reader.missing();
    char* to = is_fresh
                   ? in.reserve(kReceiveBytes)
                   : in.reserve(std::clamp(missing, kReceiveBytesMin, kReceiveBytes),
                                missing == 0 ? coding::ByteBuffer::kUnknown : in.size() + missing);
    const std::size_t room = is_scarce ? std::min(in.room(), kReceiveBytesScarce) : in.room();
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
    turn_.add_transfer(count);
    // A short read has emptied the socket; but the end is seen by reading nothing only.
    connection.unread = count == room || connection.peer_finished;
    if (!converse(connection, in)) return false;
    if (connection.put_off) return true;
  }
  return true;
}

bool ConnectionDriver::converse(Connection& connection, coding::ByteBuffer& in) {
  std::size_t from = 0;
  bool is_put_off = false;
  for (;;) {
    const auto rest = exchange_.consume(connection, in.data() + from, in.size() - from, now_);
    in.truncate(from + rest.end);
    from += rest.begin;
    is_put_off = rest.put_off;
    const bool is_done = rest.begin == 0 || from == in.size() || is_put_off;
    if (!flush(connection, is_done && !connection.unread)) return false;
    if (connection.stage == Stage::kLingering) return true;
    if (is_done || !connection.may_read()) break;
  }
  keep(connection, in, from);
  arm_for_stage(connection, from > 0);
  if (is_put_off && connection.may_read()) put_off(connection);
  return true;
}

void ConnectionDriver::keep(Connection& connection, coding::ByteBuffer& in, std::size_t from) {
  if (&in == &connection.held) {
    in.drop_front(from);
    if (in.empty()) in.release();
  } else if (from < in.size()) {
    connection.held.append(in.view().substr(from));
  }
  if (from > 0) unfinished_.restart(connection, now_);
  hold(connection);
}

void ConnectionDriver::arm_for_stage(Connection& connection, bool has_answered) {
  if (connection.stage == Stage::kWaiting) return arm(connection, Deadline::kPromise);
  if (!connection.may_read()) return;  // Armed where it began to wait.
  if (connection.held.empty()) return arm(connection, Deadline::kIdle);
  // Bytes that drip in do not put off the end of the time for one request.
  const Deadline part = connection.reader.in_body() ? Deadline::kBody : Deadline::kHead;
  if (has_answered || connection.deadline != part) arm(connection, part);
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
  if (!connection.may_read() || connection.put_off) return true;
  if (connection.unread && !read(connection)) return false;
  return close_if_done(connection);
}

// Closing with unread input would reset the connection, and the client might never see its answer
// (RFC 9112, section 9.6): our direction is closed, and the client's read until it closes too.
bool ConnectionDriver::linger(Connection& connection) {
  ::shutdown(connection.fd, SHUT_WR);
  connection.stage = Stage::kLingering;
  connection.held.release();
  hold(connection);
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

}  // namespace rs::http
