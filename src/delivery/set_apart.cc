// Delivery's dealings with rejected rows that cannot be kept as dead letters, because the disk
// fails or they take as much room as they may: they are set apart and tried again, and all else
// goes on. They count as held, so what comes in is refused when too many are.

#include <algorithm>
#include <utility>

#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "delivery/outcome.h"
#include "obs/log.h"

namespace rs::delivery {
void Delivery::set_apart(std::unique_ptr<HeldBatch> batch, std::vector<sink::Rejected> rejected,
                         const Error& error) {
  std::sort(rejected.begin(), rejected.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  const std::size_t stored = batch->rows.size() - rejected.size();
  bool is_first;
  {
    MutexLock lock(mutex_);
    accounting_.held -= stored;
    accounting_.delivered += stored;
    is_first = set_apart_.empty();
  }
  if (is_first) {
    keep_failures_.add();
    RS_LOG(kError, "Rejected rows wait in memory, because they cannot be kept as dead letters: {}",
           error.message);
  }
  settle_others(*batch, rejected);
  MutexLock lock(mutex_);
  batcher_.keep_only(*batch, rejected);
  feed_.delivered_some(*batch, stored);
  for (std::size_t i = 0; i < rejected.size(); ++i) rejected[i].index = i;
  batch->rejected = std::move(rejected);
  --in_flight_;
  keep_at_ = Clock::now() + retry_.keep;
  keep_trouble_ = error.message;
  set_apart_.push_back(std::move(batch));
}

// At a shutdown nothing makes room any more, and what is not kept is lost.
void Delivery::keep_set_apart() {
  std::unique_ptr<HeldBatch> batch;
  auto bound = DeadLetters::Bound::kHolds;
  {
    MutexLock lock(mutex_);
    batch = std::move(set_apart_.front());
    set_apart_.pop_front();
    ++in_flight_;
    if (stopping_) bound = DeadLetters::Bound::kIgnored;
  }
  const auto kept = dead_letters_.append(
      sink_.name(), letters_of(*batch, batch->rejected, batch->attempts + 1), bound);
  if (!kept) {
    MutexLock lock(mutex_);
    --in_flight_;
    keep_at_ = Clock::now() + retry_.keep;
    keep_trouble_ = kept.error().message;
    set_apart_.push_front(std::move(batch));
    return;
  }
  const auto rejected = std::move(batch->rejected);
  finish(std::move(batch), rejected);
  {
    MutexLock lock(mutex_);
    if (!set_apart_.empty()) return;
    keep_trouble_.clear();
  }
  RS_LOG(kInfo, "Rejected rows are kept as dead letters again");
}

std::size_t Delivery::set_apart_rows(bool spooled) const {
  std::size_t rows = 0;
  for (const auto& batch : set_apart_) rows += batch->spooled == spooled ? batch->rows.size() : 0;
  return rows;
}

}  // namespace rs::delivery
