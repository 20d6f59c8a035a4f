#include "app/first_opening.h"

#include <stop_token>
#include <utility>

#include "app/service_notice.h"

namespace rs::app {

void FirstOpening::take(const Result<void>& opened) {
  const bool is_never = !opened && !opened.error().retryable();
  {
    MutexLock lock(mutex_);
    known_ = true;
    if (is_never) never_ = opened.error();
    send_if_due();
  }
  changed_.notify_all();
  if (is_never) stop_.request("the destination can never work");
}

void FirstOpening::wait() {
  const auto token = stop_.token();
  // Before the lock: its end waits for a call of it in progress, which takes the lock too.
  const std::stop_callback wake(token, [this] {
    { const MutexLock lock(mutex_); }
    changed_.notify_all();
  });
  MutexLock lock(mutex_);
  while (!known_ && !token.stop_requested()) changed_.wait(mutex_);
}

void FirstOpening::announce(std::string notice) {
  MutexLock lock(mutex_);
  notice_ = std::move(notice);
  send_if_due();
}

void FirstOpening::announce_now() {
  MutexLock lock(mutex_);
  known_ = true;
  send_if_due();
}

std::optional<Error> FirstOpening::never() const {
  MutexLock lock(mutex_);
  return never_;
}

void FirstOpening::send_if_due() {
  if (!known_ || never_ || !notice_) return;
  notify_service(*std::exchange(notice_, std::nullopt));
}

}  // namespace rs::app
