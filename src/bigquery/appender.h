#pragma once
// The part of the BigQuery sink that has open connections. Two kinds, one for each promise:
// DefaultAppender (at least once) and OffsetAppender (exactly once). This class has what they
// share:
//
//   write --> pieces --pump--> AppendStream --> answer --settle--> done, or sent again
//
// An appender neither pauses nor retries. What fails for a reason that may pass goes back to
// Delivery, which writes the batch again, in order; the appender recognizes the batch and sends
// only its open rows.
// Thread-safe by one lock, which is never held over a call that can wait: requests, log lines,
// calls of the host and of done() come after it is released (Later). stats() is for any thread.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "bigquery/answer.h"
#include "bigquery/connection.h"
#include "bigquery/settings.h"
#include "bigquery/stream.h"
#include "bigquery/writing.h"
#include "obs/counter.h"
#include "row/batch.h"
#include "sink/sink.h"

namespace rs::bigquery {

// What an appender asks of the sink.
class AppenderHost {
 public:
  virtual ~AppenderHost() = default;
  // An answer that is not about rows: the table, the token or the service is in trouble. Called on
  // gRPC's threads: returns at once.
  virtual void on_trouble(Verdict verdict) = 0;
  // Whether the table was found to be as it must be since the last trouble with it. Returns at
  // once; called with the appender's lock.
  [[nodiscard]] virtual bool table_is_right() = 0;
  // A new connection of its own. May read files: not called with the appender's lock.
  [[nodiscard]] virtual std::shared_ptr<grpc::Channel> make_channel() = 0;
};

class Appender : protected AppendConnection::Owner {
 public:
  ~Appender() override = default;  // After close().

  // `batch` is as sink::Sink::write() has it; `marks` are those of its rows, if they have any.
  void write(const row::Batch& batch, const sink::BatchMarks& marks, sink::WriteDone done);
  // Looks after connections, some times a second. May wait for an answer, and for the disk.
  virtual void tick(Clock::time_point now) = 0;
  // Gives up what is being written, ends all connections, returns when they are gone. write() then
  // fails.
  void close();
  [[nodiscard]] sink::SinkStats stats() const;

 protected:
  // In which order batches are sent: kWritten waits, after a failure, for the first batch that was
  // given back before it takes others.
  enum class Order : std::uint8_t { kAny, kWritten };
  // What is done once the lock is released.
  struct Later {
    std::vector<std::pair<AppendStream*, PiecePtr>> sends;
    std::vector<std::pair<sink::WriteDone, sink::WriteResult>> ends;
    std::vector<Verdict> troubles;
    std::vector<std::string> errors;  // Log lines.
  };

  // `host` outlives this object.
  Appender(const BigQuerySettings& settings, AppenderHost& host, Order order);

  // What differs. The pieces of a batch that is written for the first time, or again:
  virtual void enqueue(std::vector<PiecePtr> pieces, const WritingPtr& writing)
      REQUIRES(mutex_) = 0;
  // Sends what can be sent.
  virtual void pump(Later& later) REQUIRES(mutex_) = 0;
  // The answer to the request of `piece`.
  virtual void settle(AppendStream& stream, const PiecePtr& piece, const AppendAnswer& answer,
                      Later& later) REQUIRES(mutex_) = 0;
  // The connection of `stream` is gone, and these requests have no answer.
  virtual void ended(AppendStream& stream, std::deque<PiecePtr> unanswered,
                     const AppendAnswer& status, Later& later) REQUIRES(mutex_) = 0;
  // A batch has gone back to Delivery.
  virtual void given_back(const Error& error) REQUIRES(mutex_) = 0;
  // The beginning of close(), and its end when all connections are gone and no other thread runs.
  virtual void begin_close(Later& later) REQUIRES(mutex_) = 0;
  virtual void end_close() = 0;

  // For both.
  void end_piece(const WritingPtr& writing, Later& later) REQUIRES(mutex_);
  void end_writing(const WritingPtr& writing, Later& later) REQUIRES(mutex_);
  void send(AppendStream& stream, PiecePtr piece, Later& later) REQUIRES(mutex_);
  void cancel_overdue(Clock::time_point now) REQUIRES(mutex_);
  [[nodiscard]] bool any_connected() const REQUIRES(mutex_);
  // Counts this thread as running until run(), which does what is due without the lock.
  void enter() REQUIRES(mutex_) { ++running_; }
  void run(Later later);

  const BigQuerySettings settings_;
  AppenderHost& host_;

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<AppendStream>> streams_ GUARDED_BY(mutex_);
  std::deque<WritingPtr> returned_ GUARDED_BY(mutex_);  // Given back; by sequence.
  bool ever_stored_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  sink::SinkStats stats_ GUARDED_BY(mutex_);

 private:
  void on_sent(AppendConnection& connection, bool sent) override;
  void on_answer(AppendConnection& connection, AppendAnswer answer) override;
  void on_broken(AppendConnection& connection) override;
  void on_end(const AppendConnection* gone, AppendAnswer status) override;
  AppendStream& stream_of(const AppendConnection* connection) REQUIRES(mutex_);
  void end_connections();

  const Order order_;
  CondVar changed_;  // A thread has left run().
  std::uint64_t sequence_ GUARDED_BY(mutex_) = 0;
  unsigned running_ GUARDED_BY(mutex_) = 0;  // Threads between enter() and the end of run().
  obs::Histogram round_trip_ GUARDED_BY(mutex_);
};

// An Error that Delivery tries again.
[[nodiscard]] inline Error unavailable(const std::string& message) {
  return {ErrorCode::kUnavailable, "BigQuery: " + message};
}

}  // namespace rs::bigquery
