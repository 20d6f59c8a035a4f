// How Delivery ends: what is still delivered, and what becomes of the rest.

#include <utility>
#include <vector>

#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "delivery/outcome.h"
#include "obs/log.h"

namespace rs::delivery {
namespace {

// What writing a row to the dead letters takes: 23 us were measured for rows of 1.1 kB on a busy
// machine, 10 us of them CPU. A shutdown stops delivering while there is that much time, and some
// more, for each row it still holds.
constexpr std::chrono::microseconds kKeepingARow{40};

// Failures in a row after which a shutdown leaves rows in the spool.
constexpr unsigned kAway = 3;

}  // namespace

void Delivery::stop(Clock::time_point deadline) {
  // What it still holds becomes durable, and part of what is delivered below.
  if (spools_new_rows_) spool_->stop();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    deadline_ = deadline;
    again_at_ = Clock::now();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Delivery::drained() const {
  // Rows of the spool are safe where they are: they do not wait for a sink that is away.
  if (batcher_.held_rows() == 0 && spool_ != nullptr && (!open_ || failures_ >= kAway)) return true;
  return batcher_.held_rows() == 0 && batcher_.spooled_rows() == 0 && in_flight_ == 0 &&
         !feed_.is_behind();
}

Clock::time_point Delivery::give_up_at() const {
  if (deadline_ == Clock::time_point::max()) return deadline_;
  return deadline_ - kKeepingARow * static_cast<std::int64_t>(batcher_.held_rows());
}

void Delivery::give_up() {
  std::vector<Left> left;
  {
    MutexLock lock(mutex_);
    while (!again_.empty()) {
      left.push_back({std::move(again_.front()), {}, {}});
      again_.pop_front();
    }
    while (auto batch = batcher_.take(Clock::now(), true)) {
      left.push_back({std::move(batch), {}, {}});
    }
  }
  // Whoever waits is told to send the event again; a row already promised must be kept, and one
  // of the spool is.
  std::vector<DeadLetter> letters;
  for (auto& [batch, open, promised] : left) {
    if (batch->spooled) continue;
    open =
        batch->rejected ? *batch->rejected : all_rows(*batch, "not delivered before the shutdown");
    promised = promised_of(*batch, open);
    const unsigned attempts = batch->attempts + (batch->rejected ? 1 : 0);
    for (const auto& letter : letters_of(*batch, promised, attempts)) letters.push_back(letter);
  }
  const auto kept = dead_letters_.append(sink_.name(), letters);
  if (!kept) {
    RS_LOG(kError, "{} rows are lost: not delivered before the shutdown, and {}", letters.size(),
           kept.error().message);
  }
  for (auto& each : left) end(std::move(each), kept.has_value());
}

void Delivery::end(Left left, bool promised_are_kept) {
  auto& [batch, open, promised] = left;
  if (!batch->spooled) {
    const std::size_t kept = promised_are_kept ? promised.size() : 0;
    MutexLock lock(mutex_);
    accounting_.delivered += batch->rows.size() - open.size();
    accounting_.refused[static_cast<std::size_t>(Refused::kStopping)] +=
        open.size() - promised.size();
    accounting_.dead_lettered += kept;
    accounting_.held -= batch->rows.size() - promised.size() + kept;
  }
  settle(*batch, open, Outcome::kRefused, Outcome::kKept);
  MutexLock lock(mutex_);
  batcher_.give_back(std::move(batch));
}

}  // namespace rs::delivery
