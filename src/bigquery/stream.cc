#include "bigquery/stream.h"

#include <algorithm>

namespace rs::bigquery {

void AppendStream::connect(AppendConnection::Owner& owner) {
  writable_ = reading_ = true;
  sending_ = copying_ = released_ = progressed_ = false;
  cancelled_because_.clear();
  last_answer_ = Clock::now();
  connection_ = &AppendConnection::open(channel_, name_, owner);
}

void AppendStream::begin_send(PiecePtr piece) {
  piece->sent = Clock::now();
  bytes_ += piece->bytes;
  sending_ = copying_ = true;
  copied_ = false;
  in_flight_.push_back(std::move(piece));
}

void AppendStream::on_sent(bool sent) {
  sending_ = false;
  if (!sent) writable_ = false;  // The end of the call says why.
  release_if_over();
  finish_if_idle();
}

PiecePtr AppendStream::answered(Clock::time_point now) {
  // The newest request may not be on its way yet: an answer cannot be about it.
  if (in_flight_.empty() || (in_flight_.size() == 1 && copying_ && !copied_)) {
    cancel("it answered what was not asked");
    return nullptr;
  }
  PiecePtr piece = std::move(in_flight_.front());
  in_flight_.pop_front();
  bytes_ -= piece->bytes;
  last_answer_ = now;
  finish_if_idle();
  return piece;
}

void AppendStream::on_broken() {
  reading_ = writable_ = false;
  release_if_over();
}

std::deque<PiecePtr> AppendStream::ended() {
  connection_ = nullptr;
  bytes_ = 0;
  return std::exchange(in_flight_, {});
}

void AppendStream::cancel(std::string why) {
  // Once released the call is ending by itself, and the connection may be gone before on_end().
  if (connection_ == nullptr || released_) return;
  if (cancelled_because_.empty()) cancelled_because_ = std::move(why);
  writable_ = false;
  connection_->cancel();
}

void AppendStream::retire() {
  retiring_ = true;
  finish_if_idle();
}

bool AppendStream::overdue(Clock::time_point now, Clock::duration timeout) const {
  if (connection_ == nullptr || in_flight_.empty() || !cancelled_because_.empty()) return false;
  return now - std::max(in_flight_.front()->sent, last_answer_) >= timeout;
}

void AppendStream::release_if_over() {
  if (connection_ == nullptr || reading_ || sending_ || copying_ || released_) return;
  released_ = true;
  connection_->release();
}

void AppendStream::finish_if_idle() {
  if (connection_ == nullptr || !retiring_ || !writable_ || sending_ || !in_flight_.empty()) return;
  writable_ = false;
  connection_->finish();
}

}  // namespace rs::bigquery
