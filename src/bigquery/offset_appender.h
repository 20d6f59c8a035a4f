#pragma once
// Exactly once: one committed stream of this process's own, each request with the offset at which
// its rows must land.
//   write --> [ waiting ] --offset--> connection --> answers, in order
// Offsets say the same rows twice only if the same rows are sent in the same order, so there is one
// order: what fails takes everything behind it along. Requests behind a failed one cannot be stored
// (OUT_OF_RANGE); their answers are awaited, and then all are sent again from the last stored row
// on (rows were rejected), or all go back to Delivery (anything else), which writes them again in
// order. An answer ALREADY_EXISTS means stored, if these rows were sent at this offset before. A
// stream that takes no rows any more is finalised, which tells how many it has, and the rest goes
// to a new one. With a ledger the next process does the same with the stream that it finds there:
// rows of the spool that were stored are not sent again. Without one the promise ends with the
// process.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "bigquery/appender.h"
#include "bigquery/connection.h"
#include "bigquery/ledger.h"
#include "bigquery/settings.h"
#include "bigquery/stream.h"

namespace rs::bigquery {

class OffsetAppender final : public Appender, private AppendConnection::Owner {
 public:
  // `host` and `ledger`, which may be null, outlive this object.
  OffsetAppender(const BigQuerySettings& settings, AppenderHost& host, StreamLedger* ledger);
  ~OffsetAppender() override;

  void write(const row::Batch& batch, spool::Position begin, sink::WriteDone done) override;
  // Makes the stream when there is none. Waits for BigQuery's answer then.
  void tick(Clock::time_point now) override;
  void close() override;
  [[nodiscard]] sink::SinkStats stats() const override;

 private:
  // What is done with requests once all those in flight have been answered.
  enum class Turn : std::uint8_t {
    kNone,      // Nothing has failed.
    kResend,    // All again, from the last stored row on.
    kGiveBack,  // All back to Delivery.
    kSettle,    // The stream has ended: ask how many rows it has, go on with a new one.
    kAbandon,   // The stream is not what it should be: all back, and a new one.
  };
  struct Later {
    const Piece* send = nullptr;
    std::vector<std::pair<sink::WriteDone, sink::WriteResult>> ends;
    std::vector<Verdict> troubles;
  };

  void on_sent(AppendConnection& connection, bool sent) override;
  void on_answer(AppendConnection& connection, AppendAnswer answer) override;
  void on_broken(AppendConnection& connection) override;
  void on_end(const AppendConnection* gone, AppendAnswer status) override;

  void pump(Later& later) REQUIRES(mutex_);
  void settle(Piece piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void stored(Piece piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void exists(Piece piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void beyond(Piece piece, const AppendAnswer& answer) REQUIRES(mutex_);
  void row_errors(Piece piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void bad_request(Piece piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void turn_to(Turn turn, const std::string& why) REQUIRES(mutex_);
  void abandon(const std::string& why) REQUIRES(mutex_);
  void turn_if_answered(Later& later) REQUIRES(mutex_);
  void give_back(Later& later) REQUIRES(mutex_);
  void end_piece(const WritingPtr& writing, Later& later) REQUIRES(mutex_);
  void settle_lost(std::int64_t rows, Later& later) REQUIRES(mutex_);
  void run(Later later);
  void replace_stream(bool finalize);

  // What the ledger is for; they do nothing without one (bigquery_offset_ledger.cc).
  bool settle_left();
  void drop_covered(Piece& piece) REQUIRES(mutex_);
  [[nodiscard]] Result<void> note_request(const Piece& piece) REQUIRES(mutex_);
  void note_stored(const Piece& piece) REQUIRES(mutex_);
  void note_not_stored(const Piece& piece) REQUIRES(mutex_);
  void note_given_up(const Writing& writing) REQUIRES(mutex_);
  void note_written(const Writing& writing) REQUIRES(mutex_);

  const BigQuerySettings settings_;
  AppenderHost& host_;
  StreamLedger* const ledger_;  // Guarded as all below, once there is a stream.
  std::deque<spool::Position> begins_ GUARDED_BY(mutex_);  // Of the writings of the last windows.
  const std::shared_ptr<grpc::Channel> channel_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::unique_ptr<AppendStream> stream_ GUARDED_BY(mutex_);  // Null until one is made.
  std::deque<Piece> waiting_ GUARDED_BY(mutex_);
  std::deque<Piece> failed_ GUARDED_BY(mutex_);         // With the turn they wait for, in order.
  std::deque<WritingPtr> returned_ GUARDED_BY(mutex_);  // In the order they are written again.
  std::uint64_t sequence_ GUARDED_BY(mutex_) = 0;
  Turn turn_ GUARDED_BY(mutex_) = Turn::kNone;
  std::string why_ GUARDED_BY(mutex_);
  std::int64_t next_ GUARDED_BY(mutex_) = 0;     // Offset of the next request,
  std::int64_t acked_ GUARDED_BY(mutex_) = 0;    // after the last row known to be stored,
  std::int64_t sent_to_ GUARDED_BY(mutex_) = 0;  // and after the last that may be.
  Clock::time_point create_at_ GUARDED_BY(mutex_){};
  bool ever_stored_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  unsigned running_ GUARDED_BY(mutex_) =
      0;  // Threads between their locked part and the end of run().
  sink::SinkStats stats_ GUARDED_BY(mutex_);
  obs::Histogram round_trip_ GUARDED_BY(mutex_);
};

}  // namespace rs::bigquery
