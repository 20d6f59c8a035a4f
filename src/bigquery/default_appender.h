#pragma once
// At least once: the table's default stream, over one connection or, under load, several.
//   write --> [ waiting pieces ] --pump--> connection with the fewest in flight --> answers
// A connection that ends gives its unanswered pieces up to Delivery. One that has stored something
// is opened again for what waits here; when one ends without, what waits is given up as well, so
// that it is Delivery that pauses. When BigQuery speaks of quota, the number of requests in flight
// is halved and rises again with what is stored.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "bigquery/appender.h"
#include "bigquery/connection.h"
#include "bigquery/settings.h"
#include "bigquery/stream.h"

namespace rs::bigquery {

class DefaultAppender final : public Appender, private AppendConnection::Owner {
 public:
  // `host` outlives this object.
  DefaultAppender(const BigQuerySettings& settings, AppenderHost& host);
  ~DefaultAppender() override;

  void write(const row::Batch& batch, spool::Position begin, sink::WriteDone done) override;
  void tick(Clock::time_point now) override;
  void close() override;
  [[nodiscard]] sink::SinkStats stats() const override;

 private:
  // What is done once the lock is released.
  struct Later {
    std::vector<std::pair<AppendStream*, const Piece*>> sends;
    std::vector<std::pair<sink::WriteDone, sink::WriteResult>> ends;
    std::vector<Verdict> troubles;
  };

  void on_sent(AppendConnection& connection, bool sent) override;
  void on_answer(AppendConnection& connection, AppendAnswer answer) override;
  void on_broken(AppendConnection& connection) override;
  void on_end(const AppendConnection* gone, AppendAnswer status) override;

  AppendStream& stream_of(const AppendConnection* connection) REQUIRES(mutex_);
  void add_stream() REQUIRES(mutex_);
  void drop_stream(const AppendStream& stream) REQUIRES(mutex_);
  void pump(Later& later) REQUIRES(mutex_);
  AppendStream* stream_with_room(const Piece& piece) REQUIRES(mutex_);
  void settle(AppendStream& stream, Piece piece, const AppendAnswer& answer, Later& later)
      REQUIRES(mutex_);
  void bad_request(Piece piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void fail_piece(const Piece& piece, const Error& error, Later& later) REQUIRES(mutex_);
  void end_piece(const WritingPtr& writing, Later& later) REQUIRES(mutex_);
  void fail_waiting(const Error& error, Later& later) REQUIRES(mutex_);
  void end_in_flight(AppendStream& stream, const AppendAnswer& status, Later& later)
      REQUIRES(mutex_);
  void grow_or_shrink(Clock::time_point now) REQUIRES(mutex_);
  void slow_down() REQUIRES(mutex_);
  [[nodiscard]] bool any_connected() const REQUIRES(mutex_);
  // Does what is due without the lock. Whoever calls it has counted itself in running_ before.
  void run(Later later);

  const BigQuerySettings settings_;
  AppenderHost& host_;
  const std::string stream_name_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<std::unique_ptr<AppendStream>> streams_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<grpc::Channel>> spent_ GUARDED_BY(mutex_);  // For tick() to destroy.
  std::deque<Piece> waiting_ GUARDED_BY(mutex_);
  std::vector<WritingPtr> returned_ GUARDED_BY(mutex_);  // Given back, to be written again.
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;         // Requests.
  double limit_ GUARDED_BY(mutex_);                      // Of these.
  std::size_t streams_max_ GUARDED_BY(mutex_);
  std::optional<Clock::time_point> busy_since_ GUARDED_BY(mutex_), idle_since_ GUARDED_BY(mutex_);
  Clock::time_point slowed_ GUARDED_BY(mutex_){}, refused_ GUARDED_BY(mutex_){};
  bool ever_stored_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  unsigned running_ GUARDED_BY(mutex_) =
      0;  // Threads between their locked part and the end of run().
  sink::SinkStats stats_ GUARDED_BY(mutex_);
  obs::Histogram round_trip_ GUARDED_BY(mutex_);
};

}  // namespace rs::bigquery
