#pragma once
// What happens to every row after it is encoded: held, batched, written, retried, dead-lettered,
// counted. The only place that retries.
//
//   request threads --accept--> [ Batcher ] --take--> Sink::write ... done --+--> delivered
//            |                       ^     ^                                 +--> dead letters
//            +--> [ Spool ] ---------+     +--------- retry, in order -------+
//
// accept() and refuse() never wait for the sink. One thread of its own opens it and talks to it;
// done() may come from any thread. A row counts as delivered only when the sink has said so.
// Whoever waits for it (its Promise) is told after that or, with a spool, when the row is on disk:
// the spool settles such promises itself, and its rows come to the Batcher by the SpoolFeed.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mailbox.h"
#include "base/mutex.h"
#include "base/result.h"
#include "delivery/accounting.h"
#include "delivery/batcher.h"
#include "delivery/reject_log.h"
#include "delivery/spool_feed.h"
#include "obs/counter.h"
#include "sink/sink.h"
#include "spool/spool.h"

namespace rs::delivery {

class DeadLetters;

struct RetryLimits {
  std::chrono::milliseconds first{100};  // Upper bound of the first pause; doubles each time.
  std::chrono::milliseconds longest{30'000};
  std::chrono::milliseconds keep{1000};  // For rejected rows that cannot be kept.
};

enum class Accepted : std::uint8_t { kHeld, kFull, kDiskFailed, kStopping };

// Where the spool comes in. Without new rows only what the last process left there is delivered.
struct Spooling {
  spool::Spool* spool = nullptr;  // Open, not started; outlives Delivery.
  bool new_rows = false;
};

struct DeliveryStats {
  Accounting accounting;
  bool ready = false;                    // The sink is open and its last write did not fail.
  std::string trouble;                   // Why not, for an operator; empty when ready.
  std::uint64_t held_bytes = 0;          // In memory.
  std::uint64_t spooled_rows = 0;        // Of those held, the ones on disk.
  std::uint64_t recovered_rows = 0;      // Found on disk at the start; part of `received`.
  std::uint64_t lost_rows = 0;           // Kept on disk and gone; part of `dead_lettered`.
  std::uint64_t oldest_age_seconds = 0;  // Of the rows on disk that are on their way.
  std::optional<spool::SpoolStats> spool;
  std::string reading_trouble;       // Why rows on disk cannot be read now; empty when they can.
  std::uint64_t set_apart_rows = 0;  // Rejected, and held because they cannot be kept now.
  std::string dead_letters_trouble;  // Why not; empty when they can.
  std::uint64_t dead_letters_failures = 0;  // Times that began.
  std::uint64_t dead_letters_bytes = 0;
  std::uint64_t retries = 0;  // Batches written again.
  obs::HistogramSnapshot batch_rows;
  obs::HistogramSnapshot write_micros;
};

// Of the time a shutdown may take, what is kept back for writing so many rows to the dead letters:
// 23 us a row of 1.1 kB were measured on a busy machine (10 us of CPU), and some more.
[[nodiscard]] constexpr std::chrono::microseconds time_to_keep(std::size_t rows) {
  return std::chrono::microseconds(40) * static_cast<std::int64_t>(rows);
}

class Delivery {
 public:
  // `sink` and `dead_letters` outlive this object.
  Delivery(sink::Sink& sink, DeadLetters& dead_letters, BatchLimits limits, RetryLimits retry = {},
           Spooling spooling = {});
  ~Delivery();  // Stops at once when stop() was not called.

  // Called once, on the delivery thread, with what the first opening of the sink came to. An Error
  // that is not retryable says why the sink can never work; the rows are held all the same, until
  // stop().
  using FirstOpening = std::function<void(const Result<void>&)>;

  // Starts the thread, which opens the sink, and again later when it is down. Does not wait.
  void start(FirstOpening first_opening = {});

  // Takes over the encoded rows of one request, all or none, by the spool when new rows go there
  // and otherwise as hold() does. With the spool `promise` is settled when they are on disk, or
  // refused because they cannot be.
  [[nodiscard]] Accepted accept(std::span<const std::string_view> rows, const Promise& promise);

  // The caller has given all that had come to it: the spool need not wait for more of it.
  void turn_ended();

  // The same past the spool. kHeld: the fate of each row will be exactly one of delivered,
  // dead-lettered, or refused at shutdown; its part of `promise` (when that names a mailbox) is
  // settled then, and such rows are written as soon as the sink has room. Otherwise none was kept
  // and all count as refused.
  [[nodiscard]] Accepted hold(std::span<const std::string_view> rows, const Promise& promise);

  // Whether hold() would refuse a row for want of room. For callers that can wait.
  [[nodiscard]] bool full() const;

  // stop() was called: hold() takes no row any more.
  [[nodiscard]] bool is_stopping() const;

  // Counts events that a client was refused before they became rows.
  void refuse(Refused reason, std::uint64_t events = 1);

  [[nodiscard]] DeliveryStats stats() const;

  // Refuses new rows, writes what is held, and returns when nothing is or at `deadline`. What is
  // left then: rows of the spool stay there and are held; of the others, those somebody waits for
  // are refused and the rest goes to the dead letters.
  void stop(Clock::time_point deadline);

  // What stop() does at the end with the rows that are left, on the calling thread: for a sink, or
  // anything else, that keeps stop() from coming to it. Rows that the sink does not have when
  // `deadline` is near, and at `limit` also rows that it has and does not answer for, which it may
  // have stored. Returns when that is done, or when stop() has. Thread-safe.
  void keep_in_time(Clock::time_point deadline, Clock::time_point limit);

  // Rows that are promised, and are neither in the spool, nor delivered, nor kept. Never waits.
  [[nodiscard]] std::uint64_t unkept_rows() const;

 private:
  struct Completion {
    const HeldBatch* batch;  // Of `writing_`, unless keep_in_time() has taken it.
    sink::WriteResult result;
    Clock::time_point started;
  };
  // A batch at the shutdown, which of its rows no sink has, and which of those were promised.
  struct Left {
    std::unique_ptr<HeldBatch> batch;
    std::vector<sink::Rejected> open, promised;
  };

  Accepted spool(std::span<const std::string_view> rows, const Promise& promise);
  void start_spool();
  void kept(std::uint64_t rows);
  void take_over(const spool::Run& run);
  void not_kept(std::size_t rows, spool::Appended why);
  void recover();
  void note_reading(const Result<void>& outcome);
  void load();
  void consume(bool durable);
  bool must_wake(bool had_sealed) REQUIRES(mutex_);
  void run();
  void write(std::unique_ptr<HeldBatch> batch);
  void complete(Completion completion);
  std::unique_ptr<HeldBatch> take_written(const HeldBatch* batch);
  void set_apart(std::unique_ptr<HeldBatch> batch, std::vector<sink::Rejected> rejected,
                 const Error& error);
  void keep_set_apart();
  std::size_t set_apart_rows(bool spooled) const REQUIRES(mutex_);
  void try_again_later(std::unique_ptr<HeldBatch> batch, Clock::time_point started,
                       const Error& error);
  void finish(std::unique_ptr<HeldBatch> batch, const std::vector<sink::Rejected>& rejected);
  void open_sink();
  void opening_failed(const Error& error) REQUIRES(mutex_);
  void wait_for_opening();
  bool ends_before(Clock::time_point until) REQUIRES(mutex_);
  void give_up();
  std::vector<Left> take_unwritten() REQUIRES(mutex_);
  std::vector<Left> take_unanswered() REQUIRES(mutex_);
  void keep(std::vector<Left>& left);
  void end(const Left& left, bool promised_are_kept);
  void end_trouble();
  std::unique_ptr<HeldBatch> next_batch(Clock::time_point now) REQUIRES(mutex_);
  Clock::time_point give_up_at() const REQUIRES(mutex_);
  Clock::time_point wake_at() const REQUIRES(mutex_);
  void sleep(bool after_work) REQUIRES(mutex_);
  Clock::time_point next_attempt() REQUIRES(mutex_);
  bool drained() const REQUIRES(mutex_);

  sink::Sink& sink_;
  DeadLetters& dead_letters_;
  const BatchLimits limits_;
  const RetryLimits retry_;
  spool::Spool* const spool_;
  const bool spools_new_rows_;

  mutable Mutex mutex_;
  CondVar changed_;      // The thread waits for it,
  CondVar end_changed_;  // and others for the thread's end.
  Batcher batcher_ GUARDED_BY(mutex_);
  SpoolFeed feed_ GUARDED_BY(mutex_);
  Clock::time_point load_at_ GUARDED_BY(mutex_){};  // Not before; after a failed read.
  // When what is delivered is said to the spool again, whose disk failed.
  Clock::time_point consume_at_ GUARDED_BY(mutex_) = Clock::time_point::max();
  std::string reading_trouble_ GUARDED_BY(mutex_);
  std::uint64_t recovered_rows_ GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_rows_ GUARDED_BY(mutex_) = 0;
  std::uint64_t unkept_rows_ GUARDED_BY(mutex_) = 0;  // Promised, and not kept at the shutdown.
  Accounting accounting_ GUARDED_BY(mutex_);
  std::deque<Completion> completions_ GUARDED_BY(mutex_);
  // Failed batches, by sequence: they go before all others, and nothing new is begun meanwhile.
  std::deque<std::unique_ptr<HeldBatch>> again_ GUARDED_BY(mutex_);
  // Batches that the sink has, and those it had when keep_in_time() took their rows: the sink may
  // still read them.
  std::vector<std::unique_ptr<HeldBatch>> writing_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<HeldBatch>> unanswered_ GUARDED_BY(mutex_);
  Clock::time_point again_at_ GUARDED_BY(mutex_){};
  // Batches of rejected rows that cannot be kept as dead letters, and when that is tried again.
  std::deque<std::unique_ptr<HeldBatch>> set_apart_ GUARDED_BY(mutex_);
  Clock::time_point keep_at_ GUARDED_BY(mutex_){};
  std::string keep_trouble_ GUARDED_BY(mutex_);
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;  // The sink is.
  FirstOpening first_opening_;            // The thread's own; empty once it has been called.
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = true;               // The thread has, or was not started yet.
  bool sleeping_ GUARDED_BY(mutex_) = false;           // The thread waits and may need a wake-up
  Clock::time_point sleeps_until_ GUARDED_BY(mutex_);  // before this.
  Clock::time_point deadline_ GUARDED_BY(mutex_) = Clock::time_point::max();
  std::string trouble_ GUARDED_BY(mutex_) = "it is being opened";

  // Written by the delivery thread only.
  unsigned failures_ = 0;        // In a row; what the next pause grows with.
  Clock::time_point failed_at_;  // The last of them; of the thread.
  std::minstd_rand random_{std::random_device{}()};
  RejectLog reject_log_;
  obs::Counter retries_, keep_failures_;
  obs::Histogram batch_rows_, write_micros_;
  std::thread thread_;
};

}  // namespace rs::delivery
