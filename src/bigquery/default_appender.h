#pragma once
// At least once: the table's default stream, over one connection or, under load, several.
//   write --> [ waiting pieces ] --pump--> connection with the fewest bytes in flight --> answers
// When a connection ends, the batches of its unanswered requests go back to Delivery. If it has
// stored something, it is opened again for the waiting pieces; otherwise their batches go back as
// well, so that Delivery pauses. When BigQuery answers that a quota is exceeded, the limit of
// requests in flight is halved; it rises again with what is stored.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bigquery/appender.h"

namespace rs::bigquery {

class DefaultAppender final : public Appender {
 public:
  DefaultAppender(const BigQuerySettings& settings, AppenderHost& host);
  ~DefaultAppender() override { close(); }

  void tick(Clock::time_point now) override;

 private:
  void enqueue(std::vector<PiecePtr> pieces, const WritingPtr& writing) REQUIRES(mutex_) override;
  void pump(Later& later) REQUIRES(mutex_) override;
  void settle(AppendStream& stream, const PiecePtr& piece, const AppendAnswer& answer, Later& later)
      REQUIRES(mutex_) override;
  void ended(AppendStream& stream, std::deque<PiecePtr> unanswered, const AppendAnswer& status,
             Later& later) REQUIRES(mutex_) override;
  void given_back(const Error&) REQUIRES(mutex_) override {}
  void begin_close(Later& later) REQUIRES(mutex_) override;
  void end_close() override;

  void add_stream(std::shared_ptr<grpc::Channel> channel) REQUIRES(mutex_);
  void drop_stream(const AppendStream& stream) REQUIRES(mutex_);
  AppendStream* stream_with_room(const Piece& piece) REQUIRES(mutex_);
  void bad_request(const PiecePtr& piece, const AppendAnswer& answer, Later& later)
      REQUIRES(mutex_);
  void fail_piece(const Piece& piece, const Error& error, Later& later) REQUIRES(mutex_);
  void fail_waiting(const Error& error, Later& later) REQUIRES(mutex_);
  void fail_unanswered(AppendStream& stream, std::deque<PiecePtr> unanswered,
                       const AppendAnswer& status, Later& later) REQUIRES(mutex_);
  [[nodiscard]] std::size_t streams_in_use() const REQUIRES(mutex_);
  [[nodiscard]] bool wants_stream(Clock::time_point now) REQUIRES(mutex_);
  void shrink(Clock::time_point now) REQUIRES(mutex_);
  void slow_down() REQUIRES(mutex_);

  const std::string stream_name_;

  std::vector<std::shared_ptr<grpc::Channel>> spent_ GUARDED_BY(mutex_);  // For tick() to destroy.
  std::deque<PiecePtr> waiting_ GUARDED_BY(mutex_);
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;  // Requests.
  double limit_ GUARDED_BY(mutex_);               // Of these.
  std::size_t streams_max_ GUARDED_BY(mutex_);
  std::optional<Clock::time_point> busy_since_ GUARDED_BY(mutex_), idle_since_ GUARDED_BY(mutex_);
  Clock::time_point slowed_ GUARDED_BY(mutex_){}, refused_ GUARDED_BY(mutex_){};
};

}  // namespace rs::bigquery
