#pragma once
// A connection to one write stream and the requests on it that have no answer yet. An appender has
// one or several. Guarded by the appender's lock; only send() is called without it.

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bigquery/connection.h"
#include "bigquery/writing.h"

namespace rs::bigquery {

class AppendStream {
 public:
  AppendStream(std::shared_ptr<grpc::Channel> channel, std::string name)
      : channel_(std::move(channel)), name_(std::move(name)) {}

  // Whether the connection takes a request at once; one that is not open yet does.
  [[nodiscard]] bool ready() const {
    return !retiring_ && !sending_ && !copying_ && (connection_ == nullptr || writable_);
  }
  [[nodiscard]] bool connected() const { return connection_ != nullptr; }
  [[nodiscard]] bool is(const AppendConnection* connection) const {
    return connection_ == connection;
  }
  void connect(AppendConnection::Owner& owner);

  // Notes `piece` as sent now. The caller then releases the appender's lock, calls send() and,
  // with the lock, sent(). The rows of the piece do not change until sent().
  void begin_send(PiecePtr piece);
  void send(const Piece& piece) {
    const std::optional<std::int64_t> offset =
        piece.offset < 0 ? std::nullopt : std::optional(piece.offset);
    connection_->prepare(*piece.writing->batch, piece.rows, offset);
    copied_ = true;  // From here on the piece may be answered.
    connection_->send();
  }
  void sent() {
    copying_ = false;
    release_if_over();
  }

  // What the connection reports. answered() is the piece that the answer is about, or null when
  // none was asked; the call is then cancelled.
  void on_sent(bool sent);
  [[nodiscard]] PiecePtr answered(Clock::time_point now);
  void on_broken();
  // The pieces without answer, oldest first, when the call has ended.
  [[nodiscard]] std::deque<PiecePtr> ended();

  // Ends the call; `why` is then its reason, in place of what gRPC says.
  void cancel(std::string why);
  // Takes no more requests, and ends the call when all are answered.
  void retire();
  [[nodiscard]] bool retiring() const { return retiring_; }
  [[nodiscard]] const std::string& cancelled_because() const { return cancelled_because_; }
  // Without an answer for `timeout`, and not cancelled for it yet.
  [[nodiscard]] bool overdue(Clock::time_point now, Clock::duration timeout) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t requests() const { return in_flight_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // The present connection has stored or judged rows.
  [[nodiscard]] bool progressed() const { return progressed_; }
  void set_progressed() { progressed_ = true; }
  // The last holder of a channel must not be a callback of its own: it is destroyed by tick().
  [[nodiscard]] std::shared_ptr<grpc::Channel> take_channel() { return std::move(channel_); }

 private:
  void release_if_over();
  void finish_if_idle();

  std::shared_ptr<grpc::Channel> channel_;
  const std::string name_;
  AppendConnection* connection_ = nullptr;
  std::deque<PiecePtr> in_flight_;
  std::size_t bytes_ = 0;             // Of these.
  bool sending_ = false;              // From begin_send() to on_sent().
  bool copying_ = false;              // From begin_send() to sent().
  std::atomic<bool> copied_ = false;  // The newest request no longer reads its piece.
  bool writable_ = false, reading_ = false, released_ = false;
  bool progressed_ = false, retiring_ = false;
  std::string cancelled_because_;
  Clock::time_point last_answer_;
};

}  // namespace rs::bigquery
