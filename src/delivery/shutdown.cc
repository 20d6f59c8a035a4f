// How Delivery ends: what is still delivered, and what becomes of the rest.

#include <utility>
#include <vector>

#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "delivery/outcome.h"
#include "obs/log.h"

namespace rs::delivery {
namespace {

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
    again_at_ = keep_at_ = Clock::now();
  }
  changed_.notify_all();
  wait_for_opening();
  sink_.interrupt();
  if (thread_.joinable()) thread_.join();
}

// A sink that is being opened has the time for it when there are rows that wait for that. One that
// is open ends by itself.
void Delivery::wait_for_opening() {
  MutexLock lock(mutex_);
  if (!open_ && batcher_.held_rows() == 0) return;
  while (!ended_) {
    const auto until = give_up_at();
    if (until == Clock::time_point::max()) {
      end_changed_.wait(mutex_);
    } else if (end_changed_.wait_until(mutex_, until) == std::cv_status::timeout) {
      return;
    }
  }
}

bool Delivery::drained() const {
  // Rows of the spool are safe where they are: they do not wait for a sink that is away.
  if (batcher_.held_rows() == 0 && spool_ != nullptr && (!open_ || failures_ >= kAway)) return true;
  // Nor do rejected ones wait for a place.
  const bool spooled_are_done = batcher_.spooled_rows() == set_apart_rows(true);
  return batcher_.held_rows() == 0 && spooled_are_done && in_flight_ == 0 && !feed_.is_behind();
}

Clock::time_point Delivery::give_up_at() const {
  if (deadline_ == Clock::time_point::max()) return deadline_;
  return deadline_ - time_to_keep(batcher_.held_rows());
}

void Delivery::give_up() {
  std::vector<Left> left;
  {
    MutexLock lock(mutex_);
    left = take_unwritten();
  }
  keep(left);
  MutexLock lock(mutex_);
  for (auto& each : left) batcher_.give_back(std::move(each.batch));
}

std::vector<Delivery::Left> Delivery::take_unwritten() {
  std::vector<Left> left;
  for (auto* batches : {&again_, &set_apart_}) {
    for (auto& batch : *batches) left.push_back({std::move(batch), {}, {}});
    batches->clear();
  }
  while (auto batch = batcher_.take(Clock::now(), true)) {
    left.push_back({std::move(batch), {}, {}});
  }
  for (auto& [batch, open, promised] : left) {
    if (batch->spooled) continue;
    open = batch->rejected.empty() ? all_rows(*batch, "not delivered before the shutdown")
                                   : batch->rejected;
  }
  return left;
}

// Whether the thread ends while there is time for keeping what is held until `until`.
bool Delivery::ends_before(Clock::time_point until) {
  while (!ended_) {
    const auto at = until - time_to_keep(batcher_.held_rows());
    if (Clock::now() >= at) break;
    end_changed_.wait_until(mutex_, at);
  }
  return ended_;
}

void Delivery::keep_in_time(Clock::time_point deadline, Clock::time_point limit) {
  {
    MutexLock lock(mutex_);
    if (ends_before(deadline)) return;
    stopping_ = true;
  }
  give_up();
  std::vector<Left> left;
  {
    MutexLock lock(mutex_);
    if (ends_before(limit)) return;
    left = take_unanswered();
  }
  keep(left);
  MutexLock lock(mutex_);
  for (auto& each : left) unanswered_.push_back(std::move(each.batch));
}

std::vector<Delivery::Left> Delivery::take_unanswered() {
  std::vector<Left> left;
  for (auto& batch : writing_) {
    if (batch->spooled) continue;
    auto open = all_rows(*batch, "not answered before the shutdown; it may be stored");
    for (const auto& completion : completions_) {
      if (completion.batch == batch.get() && completion.result) open = *completion.result;
    }
    left.push_back({std::move(batch), std::move(open), {}});
  }
  std::erase(writing_, nullptr);
  return left;
}

// The clients that wait are told to send the event again; a row already promised must be kept, and
// one of the spool is.
void Delivery::keep(std::vector<Left>& left) {
  std::vector<DeadLetter> letters;
  for (auto& [batch, open, promised] : left) {
    if (batch->spooled) continue;
    promised = promised_of(*batch, open);
    const unsigned attempts = batch->attempts + (batch->rejected.empty() ? 0 : 1);
    for (const auto& letter : letters_of(*batch, promised, attempts)) letters.push_back(letter);
  }
  const auto kept = dead_letters_.append(sink_.name(), letters, DeadLetters::Bound::kIgnored);
  if (!kept) {
    RS_LOG(kError, "{} rows are lost: not delivered before the shutdown, and {}", letters.size(),
           kept.error().message);
  }
  for (const auto& each : left) end(each, kept.has_value());
}

void Delivery::end(const Left& left, bool promised_are_kept) {
  const auto& [batch, open, promised] = left;
  if (batch->spooled) return;
  const std::size_t kept = promised_are_kept ? promised.size() : 0;
  {
    MutexLock lock(mutex_);
    accounting_.delivered += batch->rows.size() - open.size();
    accounting_.refused[static_cast<std::size_t>(Refused::kStopping)] +=
        open.size() - promised.size();
    accounting_.dead_lettered += kept;
    accounting_.held -= batch->rows.size() - promised.size() + kept;
    unkept_rows_ += promised.size() - kept;
  }
  settle(*batch, open, Outcome::kRefused, Outcome::kKept);
}

std::uint64_t Delivery::unkept_rows() const {
  MutexLock lock(mutex_);
  std::uint64_t rows = unkept_rows_ + batcher_.promised_rows();
  for (const auto& batch : again_) rows += batch->promised_rows();
  for (const auto& batch : set_apart_) rows += batch->promised_rows();
  for (const auto& batch : writing_) rows += batch->promised_rows();
  return rows;
}

}  // namespace rs::delivery
