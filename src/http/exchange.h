#pragma once
// Requests in, replies out, for the connections of one thread; no sockets, no clocks.
//   bytes --RequestReader--> Request --Handler--> Response --ReplyWriter--> bytes
// Whoever owns the sockets shows it what was read and sends what outgoing() holds after each call.
// Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "http/body_decoder.h"
#include "http/connection.h"
#include "http/message.h"
#include "http/reply.h"
#include "http/stats.h"

namespace rs::http {

class Exchange {
 public:
  // All of these outlive it. `mailbox` is where promises of this thread are settled.
  Exchange(Handler& handler, Mailbox& mailbox, AssetCache& assets, std::size_t body_bytes_max,
           ThreadStats& stats);

  // Bytes [begin, end) are to be kept and shown again, with more behind them.
  struct Rest {
    std::size_t begin, end;
  };
  // Answers the requests in `bytes` one after the other, until the last whole one, a promise, an
  // error, or a full outgoing(). `now` is monotonic microseconds.
  Rest consume(Connection& connection, char* bytes, std::size_t size, std::int64_t now);

  // So many parts of the promise of connection.pending have settled. False when others are open:
  // then there is no answer yet.
  bool settle(Connection& connection, Outcome outcome, std::uint32_t parts);
  // All that are open.
  void settle_rest(Connection& connection, Outcome outcome);

  // The time for a request is over; `bytes` is what came of it.
  void refuse_late(Connection& connection, const char* bytes, std::size_t size);

  // Tells the handler that it has been given all there is.
  void end_turn();

  // From now on each reply is the last of its connection.
  void stop() { stopping_ = true; }

  [[nodiscard]] ReplyWriter& outgoing() { return writer_; }
  // Requests answered at once since this was last asked.
  [[nodiscard]] unsigned take_answered();

 private:
  void answer(Connection& connection, std::int64_t now);
  bool decode_body(Connection& connection);
  void refuse(Connection& connection, Refusal refusal);
  void wait(Connection& connection, const ReplyTerms& terms, std::int64_t now);
  void reply(Connection& connection, const Response& response, const ReplyTerms& terms);
  [[nodiscard]] std::unique_ptr<PendingReply> take_spare();

  Handler& handler_;
  Mailbox& mailbox_;
  ThreadStats& stats_;
  const std::size_t body_bytes_max_;
  bool stopping_ = false;
  bool waits_ = false;  // An answer of this turn does.
  unsigned answered_ = 0;
  Head head_;
  BodyDecoder decoder_;
  ReplyWriter writer_;
  std::unique_ptr<PendingReply> current_;              // The request being handled fills it.
  std::vector<std::unique_ptr<PendingReply>> spares_;  // Warm ones, so that waiting is cheap.
};

}  // namespace rs::http
