#pragma once
// Requests in, replies out, for the connections of one thread; no sockets, no clocks.
//   bytes --RequestReader--> Request --Handler--> Response --ReplyWriter--> bytes
// Whoever owns the sockets shows it what was read and sends what outgoing() holds after each call.
// Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "coding/body_decoder.h"
#include "http/connection.h"
#include "http/message.h"
#include "http/reply.h"
#include "http/settings.h"
#include "http/stats.h"
#include "http/turn.h"
#include "http/unfinished.h"

namespace rs::http {

class Exchange {
 public:
  // What all connections of its thread share; all of it outlives the Exchange.
  struct Parts {
    Handler& handler;
    Mailbox& mailbox;  // Where promises of this thread are settled.
    coding::AssetCache& assets;
    const ServerSettings& settings;
    ThreadStats& stats;
    Turn& turn;
    UnfinishedList& unfinished;
  };
  explicit Exchange(const Parts& parts);

  // Bytes [begin, end) are to be kept and shown again, with more behind them.
  struct Rest {
    std::size_t begin, end;
    bool put_off = false;  // There may be whole requests among them, for the next turn.
  };
  // Answers the requests in `bytes` one after the other, until the last whole one, a promise, an
  // error, a full outgoing(), or the end of the connection's share of the turn. `now` is monotonic
  // microseconds.
  Rest consume(Connection& connection, char* bytes, std::size_t size, std::int64_t now);

  // So many parts of the promise of connection.pending have settled. False when others are open:
  // then there is no answer yet.
  bool settle(Connection& connection, Outcome outcome, std::uint32_t parts);
  // All that are open.
  void settle_rest(Connection& connection, Outcome outcome);

  // Refuses a request that is not whole; `bytes` is what came of it.
  void refuse_unfinished(Connection& connection, const char* bytes, std::size_t size,
                         Refusal refusal);

  // Tells the handler that it has been given all there is.
  void end_turn();

  // There is no memory: drops what outgoing() has behind the first `bytes`. Then answers the
  // request of the connection, of which nothing is known.
  void refuse_out_of_memory(Connection& connection, std::size_t bytes);

  // From now on each reply is the last of its connection.
  void stop() { stopping_ = true; }

  [[nodiscard]] ReplyWriter& outgoing() { return writer_; }
  // Requests answered at once since this was last asked.
  [[nodiscard]] unsigned take_answered();

 private:
  [[nodiscard]] bool must_wait_for_turn(const Connection& connection) const;
  void answer(Connection& connection, std::int64_t now);
  bool decode_body(Connection& connection);
  void release_decoded();
  [[nodiscard]] ReplyTerms terms_of_request() const;
  void refuse(Connection& connection, Refusal refusal);
  void refuse_whole(Connection& connection, Refusal refusal);
  void refuse(Connection& connection, Refusal refusal, const ReplyTerms& terms);
  void wait(Connection& connection, const ReplyTerms& terms, std::int64_t now);
  void reply(Connection& connection, const Response& response, const ReplyTerms& terms);
  [[nodiscard]] std::unique_ptr<PendingReply> take_spare();

  Handler& handler_;
  Mailbox& mailbox_;
  const ServerSettings& settings_;
  ThreadStats& stats_;
  Turn& turn_;
  UnfinishedList& unfinished_;
  bool stopping_ = false;
  bool waits_ = false;  // An answer of this turn does.
  unsigned answered_ = 0;
  Head head_;
  coding::BodyDecoder decoder_;
  ReplyWriter writer_;
  std::unique_ptr<PendingReply> current_;              // The request being handled fills it.
  std::vector<std::unique_ptr<PendingReply>> spares_;  // Warm ones, so that waiting is cheap.
};

}  // namespace rs::http
