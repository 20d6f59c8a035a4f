#pragma once
// What happens to every row after it is encoded: held, batched, written, retried, dead-lettered,
// counted. The only place that retries.
//
//   request threads --accept--> [ Batcher ] --take--> Sink::write ... done --+--> delivered
//            |                       ^     ^                                 +--> dead letters
//            +--> [ Spool ] ---------+     +--------- retry, in order -------+
//
// accept() and refuse() never wait for the sink. One thread of its own talks to the sink; done()
// may come from any thread. A row counts as delivered only when the sink has said so. Whoever waits
// for it (its Promise) is told after that or, with a spool, when the row is on disk: the spool
// settles such promises itself, and its rows come to the Batcher by the SpoolFeed.

#include <chrono>
#include <cstdint>
#include <deque>
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
#include "delivery/spool_feed.h"
#include "obs/counter.h"
#include "sink/sink.h"
#include "spool/spool.h"

namespace rs::delivery {

class DeadLetters;

struct RetryLimits {
  std::chrono::milliseconds first{100};  // Upper bound of the first pause; doubles each time.
  std::chrono::milliseconds longest{30'000};
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
  std::uint64_t retries = 0;  // Batches written again.
  obs::HistogramSnapshot batch_rows;
  obs::HistogramSnapshot write_micros;
};

class Delivery {
 public:
  // `sink` and `dead_letters` outlive this object.
  Delivery(sink::Sink& sink, DeadLetters& dead_letters, BatchLimits limits, RetryLimits retry = {},
           Spooling spooling = {});
  ~Delivery();  // Stops at once when stop() was not called.

  // Opens the sink and starts the thread. An Error says why the sink can never work; a sink that
  // is only down is opened again later.
  [[nodiscard]] Result<void> start();

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

  // Counts events that a client was refused before they became rows.
  void refuse(Refused reason, std::uint64_t events = 1);

  [[nodiscard]] DeliveryStats stats() const;

  // Refuses new rows, writes what is held, and returns when nothing is or at `deadline`. What is
  // left then: rows of the spool stay there and are held; of the others, those somebody waits for
  // are refused and the rest goes to the dead letters.
  void stop(Clock::time_point deadline);

 private:
  struct Completion {
    std::unique_ptr<HeldBatch> batch;
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
  void load();
  void consume(bool durable);
  bool must_wake(bool had_sealed) REQUIRES(mutex_);
  void run();
  void write(std::unique_ptr<HeldBatch> batch);
  void complete(Completion completion);
  void keep_rejected(std::unique_ptr<HeldBatch> batch, std::vector<sink::Rejected> rejected,
                     Clock::time_point started);
  void try_again_later(std::unique_ptr<HeldBatch> batch, Clock::time_point started,
                       const Error& error);
  void finish(std::unique_ptr<HeldBatch> batch, const std::vector<sink::Rejected>& rejected);
  void open_sink();
  void give_up();
  void end(Left left, bool promised_are_kept);
  void set_trouble(std::string trouble);
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
  CondVar changed_;
  Batcher batcher_ GUARDED_BY(mutex_);
  SpoolFeed feed_ GUARDED_BY(mutex_);
  Clock::time_point load_at_ GUARDED_BY(mutex_){};  // Not before; after a failed read.
  // When what is delivered is said to the spool again, whose disk failed.
  Clock::time_point consume_at_ GUARDED_BY(mutex_) = Clock::time_point::max();
  std::uint64_t recovered_rows_ GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_rows_ GUARDED_BY(mutex_) = 0;
  Accounting accounting_ GUARDED_BY(mutex_);
  std::deque<Completion> completions_ GUARDED_BY(mutex_);
  // Failed batches, by sequence: they go before all others, and nothing new is begun meanwhile.
  std::deque<std::unique_ptr<HeldBatch>> again_ GUARDED_BY(mutex_);
  Clock::time_point again_at_ GUARDED_BY(mutex_){};
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;  // The sink is.
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool sleeping_ GUARDED_BY(mutex_) = false;           // The thread waits and may need a wake-up
  Clock::time_point sleeps_until_ GUARDED_BY(mutex_);  // before this.
  Clock::time_point deadline_ GUARDED_BY(mutex_) = Clock::time_point::max();
  std::string trouble_ GUARDED_BY(mutex_) = "starting";

  // Written by the delivery thread only.
  unsigned failures_ = 0;        // In a row; what the next pause grows with.
  Clock::time_point failed_at_;  // The last of them; of the thread.
  std::minstd_rand random_{std::random_device{}()};
  obs::Counter retries_;
  obs::Histogram batch_rows_, write_micros_;
  std::thread thread_;
};

}  // namespace rs::delivery
