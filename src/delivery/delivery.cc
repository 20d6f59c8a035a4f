#include "delivery/delivery.h"

#include <algorithm>
#include <utility>

#include <time.h>

#include "delivery/dead_letters.h"
#include "delivery/marks.h"
#include "delivery/outcome.h"
#include "obs/log.h"

namespace rs::delivery {
namespace {

// Good to a few milliseconds, which is enough for lingering, and it does not read the processor's
// counter, which a virtual machine makes dear: this is called for every row.
Clock::time_point coarse_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return Clock::time_point(std::chrono::seconds(now.tv_sec) +
                           std::chrono::nanoseconds(now.tv_nsec));
}

// How far that may lie behind: a tick of the slowest kernels, and some more.
constexpr std::chrono::milliseconds kCoarse{12};

// 0 for no time at all, and when the clock has been set back since.
std::uint64_t age_of(std::uint32_t unix_seconds) {
  const auto now = static_cast<std::uint64_t>(::time(nullptr));
  return unix_seconds == 0 || now < unix_seconds ? 0 : now - unix_seconds;
}

std::size_t index_of(Refused reason) {
  return static_cast<std::size_t>(reason);
}

}  // namespace

Delivery::Delivery(sink::Sink& sink, DeadLetters& dead_letters, BatchLimits limits,
                   RetryLimits retry, Spooling spooling)
    : sink_(sink),
      dead_letters_(dead_letters),
      limits_(limits),
      retry_(retry),
      spool_(spooling.spool),
      spools_new_rows_(spooling.new_rows),
      batcher_(limits),
      reject_log_("Sink " + std::string(sink.name())) {}

Delivery::~Delivery() {
  stop(Clock::now());
}

void Delivery::start(FirstOpening first_opening) {
  first_opening_ = std::move(first_opening);
  {
    MutexLock lock(mutex_);
    ended_ = false;
  }
  start_spool();
  thread_ = std::thread([this] { run(); });
}

Accepted Delivery::accept(std::span<const std::string_view> rows, const Promise& promise) {
  return spools_new_rows_ ? spool(rows, promise) : hold(rows, promise);
}

Accepted Delivery::hold(std::span<const std::string_view> rows, const Promise& promise) {
  bool wake;
  {
    const auto now = coarse_now();
    MutexLock lock(mutex_);
    accounting_.received += rows.size();
    if (stopping_) {
      accounting_.refused[index_of(Refused::kStopping)] += rows.size();
      return Accepted::kStopping;
    }
    const bool had_sealed = batcher_.has_sealed();
    if (!batcher_.add(rows, promise, now)) {
      accounting_.refused[index_of(Refused::kQueueFull)] += rows.size();
      return Accepted::kFull;
    }
    accounting_.held += rows.size();
    wake = must_wake(had_sealed);
  }
  if (wake) changed_.notify_one();
  return Accepted::kHeld;
}

// The thread sleeps through the rows in between: only what is due before it wakes, or a newly
// sealed batch, matters to it.
bool Delivery::must_wake(bool had_sealed) {
  if (!sleeping_) return false;
  if (batcher_.due() >= sleeps_until_ && (had_sealed || !batcher_.has_sealed())) return false;
  sleeping_ = false;
  return true;
}

bool Delivery::full() const {
  MutexLock lock(mutex_);
  return batcher_.full() && !stopping_;
}

bool Delivery::is_stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

void Delivery::refuse(Refused reason, std::uint64_t events) {
  MutexLock lock(mutex_);
  accounting_.received += events;
  accounting_.refused[index_of(reason)] += events;
}

DeliveryStats Delivery::stats() const {
  DeliveryStats stats;
  {
    MutexLock lock(mutex_);
    stats.accounting = accounting_;
    stats.held_bytes = batcher_.held_bytes() + batcher_.spooled_bytes();
    stats.trouble = trouble_;
    stats.spooled_rows = feed_.rows();
    stats.recovered_rows = recovered_rows_;
    stats.lost_rows = lost_rows_;
    stats.reading_trouble = reading_trouble_;
    stats.set_apart_rows = set_apart_rows(false) + set_apart_rows(true);
    stats.dead_letters_trouble = keep_trouble_;
    stats.oldest_age_seconds = age_of(feed_.oldest_seconds());
  }
  if (spool_ != nullptr) stats.spool = spool_->stats();
  stats.ready = stats.trouble.empty();
  stats.dead_letters_bytes = dead_letters_.bytes();
  stats.dead_letters_failures = keep_failures_.value();
  stats.retries = retries_.value();
  stats.batch_rows = batch_rows_.snapshot();
  stats.write_micros = write_micros_.snapshot();
  return stats;
}

std::unique_ptr<HeldBatch> Delivery::next_batch(Clock::time_point now) {
  if (!open_ || in_flight_ >= sink_.window()) return nullptr;
  if (!again_.empty()) {
    // After a failure one batch tries; once it has passed, the others follow as the window allows.
    if ((in_flight_ > 0 && failures_ > 0) || now < again_at_) return nullptr;
    auto batch = std::move(again_.front());
    again_.pop_front();
    return batch;
  }
  auto batch = batcher_.take(now, stopping_);
  if (batch != nullptr) feed_.taken(*batch);
  return batch;
}

Clock::time_point Delivery::wake_at() const {
  auto at = give_up_at();
  const bool may_write = open_ && in_flight_ < sink_.window();
  const bool may_repeat = may_write && !again_.empty() && (in_flight_ == 0 || failures_ == 0);
  if (!open_ || may_repeat) at = std::min(at, again_at_);
  if (may_write && again_.empty()) at = std::min(at, batcher_.due());
  if (!set_apart_.empty()) at = std::min(at, keep_at_);
  if (feed_.is_behind() && batcher_.wants_spooled()) at = std::min(at, load_at_);
  return std::min(at, consume_at_);
}

// After work more is to be expected: then the first row of the next batch need not wake the thread,
// which looks for it before it can be due.
void Delivery::sleep(bool after_work) {
  sleeps_until_ = wake_at();
  if (after_work) {
    sleeps_until_ = std::min(sleeps_until_, Clock::now() + limits_.linger - kCoarse);
  }
  sleeping_ = true;
  if (sleeps_until_ == Clock::time_point::max()) {
    changed_.wait(mutex_);
  } else {
    changed_.wait_until(mutex_, sleeps_until_);
  }
  sleeping_ = false;
}

void Delivery::run() {
  open_sink();
  recover();
  for (;;) {
    bool after_work = true;
    std::unique_ptr<HeldBatch> batch;
    std::deque<Completion> completions;
    bool open_now = false, load_now = false, consume_now = false, keep_now = false;
    {
      MutexLock lock(mutex_);
      for (;;) {
        const auto now = Clock::now();
        if (!completions_.empty()) {
          completions.swap(completions_);
          break;
        }
        if (stopping_ && (drained() || now >= give_up_at())) break;
        if (!open_ && now >= again_at_) {
          open_now = true;
          break;
        }
        const bool may_load = feed_.is_behind() && batcher_.wants_spooled() && now >= load_at_;
        // Rows that wait on disk fill the open batch first, though its time is over.
        if (may_load && !batcher_.has_sealed()) {
          load_now = true;
          break;
        }
        if ((batch = next_batch(now)) != nullptr) {
          ++in_flight_;
          break;
        }
        if (may_load) {
          load_now = true;
          break;
        }
        if (now >= consume_at_) {
          consume_now = true;
          break;
        }
        if (!set_apart_.empty() && now >= keep_at_) {
          keep_now = true;
          break;
        }
        sleep(std::exchange(after_work, false));
      }
    }
    if (batch != nullptr) {
      write(std::move(batch));
    } else if (!completions.empty()) {
      for (auto& completion : completions) complete(std::move(completion));
    } else if (open_now) {
      open_sink();
    } else if (load_now) {
      load();
    } else if (consume_now) {
      consume(false);
    } else if (keep_now) {
      keep_set_apart();
    } else {
      break;
    }
  }
  // First what no sink has: closing one may take longer than the time that is left.
  give_up();
  // Closing calls what is outstanding, so the last batches come home and are given up in turn.
  sink_.close();
  std::deque<Completion> last;
  {
    MutexLock lock(mutex_);
    last.swap(completions_);
  }
  for (auto& completion : last) complete(std::move(completion));
  give_up();
  consume(true);
  MutexLock lock(mutex_);
  ended_ = true;
  end_changed_.notify_all();
}

void Delivery::write(std::unique_ptr<HeldBatch> batch) {
  const auto started = Clock::now();
  batch_rows_.record(batch->rows.size());
  const HeldBatch* const held = batch.get();
  {
    MutexLock lock(mutex_);
    writing_.push_back(std::move(batch));
  }
  auto done = [this, held, started](sink::WriteResult result) {
    bool wake;
    {
      MutexLock lock(mutex_);
      completions_.push_back({held, std::move(result), started});
      wake = sleeping_;
    }
    if (wake) changed_.notify_one();
  };
  if (held->spooled) {
    sink_.write_marked(held->rows, marks_of(*held), std::move(done));
  } else {
    sink_.write(held->rows, std::move(done));
  }
}

void Delivery::complete(Completion completion) {
  const auto took = Clock::now() - completion.started;
  write_micros_.record(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  auto batch = take_written(completion.batch);
  if (batch == nullptr) return;
  std::vector<sink::Rejected> rejected;
  if (completion.result) {
    rejected = std::move(*completion.result);
  } else if (completion.result.error().retryable()) {
    return try_again_later(std::move(batch), completion.started, completion.result.error());
  } else {
    rejected = all_rows(*batch, completion.result.error().message);
  }
  failures_ = 0;
  end_trouble();
  if (rejected.empty()) return finish(std::move(batch), rejected);
  for (const auto& row : rejected) reject_log_.add(row.reason);
  reject_log_.log();
  const auto kept =
      dead_letters_.append(sink_.name(), letters_of(*batch, rejected, batch->attempts + 1));
  if (!kept) return set_apart(std::move(batch), std::move(rejected), kept.error());
  finish(std::move(batch), rejected);
}

// Null when keep_in_time() was quicker.
std::unique_ptr<HeldBatch> Delivery::take_written(const HeldBatch* batch) {
  MutexLock lock(mutex_);
  const auto at = std::find_if(writing_.begin(), writing_.end(),
                               [batch](const auto& each) { return each.get() == batch; });
  if (at == writing_.end()) return nullptr;
  auto taken = std::move(*at);
  writing_.erase(at);
  return taken;
}

void Delivery::finish(std::unique_ptr<HeldBatch> batch,
                      const std::vector<sink::Rejected>& rejected) {
  RS_LOG(kDebug, "Batch of {} rows written to {}, {} rejected", batch->rows.size(), sink_.name(),
         rejected.size());
  {
    MutexLock lock(mutex_);
    accounting_.held -= batch->rows.size();
    accounting_.delivered += batch->rows.size() - rejected.size();
    accounting_.dead_lettered += rejected.size();
  }
  // Counted first: a client that has its answer finds its row in the numbers.
  settle(*batch, rejected, Outcome::kRejected, Outcome::kKept);
  {
    MutexLock lock(mutex_);
    --in_flight_;
    feed_.finished(*batch);
    batcher_.give_back(std::move(batch));
  }
  consume(false);
}

void Delivery::try_again_later(std::unique_ptr<HeldBatch> batch, Clock::time_point started,
                               const Error& error) {
  retries_.add();
  ++batch->attempts;
  MutexLock lock(mutex_);
  // Batches that were on their way when another failed are part of that failure: one connection
  // that breaks takes all of its requests along, and must not make the pause longer for each.
  if (started >= failed_at_) {
    if (failures_ == 0 || trouble_ != error.message) {  // Another cause is news too.
      RS_LOG(kWarning, "A batch of {} rows for {} failed and is tried again: {}",
             batch->rows.size(), sink_.name(), error.message);
    }
    trouble_ = error.message;
    again_at_ = next_attempt();
    failed_at_ = Clock::now();
  }
  --in_flight_;
  const auto later = std::find_if(again_.begin(), again_.end(), [&](const auto& other) {
    return other->sequence > batch->sequence;
  });
  again_.insert(later, std::move(batch));
}

Clock::time_point Delivery::next_attempt() {
  // Full jitter: many servers that lost the same destination must not come back together.
  // A shutdown has little time, so its pauses stay short.
  const unsigned doublings = stopping_ ? 0 : std::min(failures_, 20U);
  ++failures_;
  const auto ceiling = std::min(retry_.longest, retry_.first * (std::int64_t{1} << doublings));
  std::uniform_int_distribution<std::int64_t> pause(0, ceiling.count());
  return Clock::now() + std::chrono::milliseconds(pause(random_));
}

void Delivery::open_sink() {
  const auto opened = sink_.open();
  {
    MutexLock lock(mutex_);
    if (opened) {
      if (failures_ > 0) RS_LOG(kInfo, "Sink {} is available", sink_.name());
      open_ = true;
      trouble_.clear();
      failures_ = 0;
    } else {
      opening_failed(opened.error());
    }
  }
  if (const auto first_opening = std::exchange(first_opening_, {})) first_opening(opened);
}

void Delivery::opening_failed(const Error& error) {
  // Who asked for the first opening says why the sink can never work.
  const bool is_said = first_opening_ && !error.retryable();
  if (trouble_ != error.message && !is_said) {
    if (error.retryable()) {
      RS_LOG(kWarning, "Sink {} is not available yet: {}", sink_.name(), error.message);
    } else {
      RS_LOG(kError, "Sink {} cannot be opened: {}", sink_.name(), error.message);
    }
  }
  trouble_ = error.message;
  again_at_ = next_attempt();
}

void Delivery::end_trouble() {
  MutexLock lock(mutex_);
  if (trouble_.empty()) return;
  RS_LOG(kInfo, "Sink {} takes rows again", sink_.name());
  trouble_.clear();
}

}  // namespace rs::delivery
