#pragma once
// The part of the BigQuery sink that has an open connection: sends batches, sorts the answers,
// settles every batch. Two of them, one for each promise: DefaultAppender (at least once) and
// OffsetAppender (exactly once).
// Neither pauses nor retries. What fails for a reason that passes goes back to Delivery, which
// writes it again, in order; the appender then knows the batch and sends what is open of it.
// Thread-safe; calls of the host and of done() are made without the appender's lock.

#include <memory>
#include <string>

#include "bigquery/answer.h"
#include "bigquery/writing.h"
#include "row/batch.h"
#include "sink/sink.h"

namespace grpc {  // NOLINT(readability-identifier-naming)
class Channel;
}

namespace rs::bigquery {

// What an appender asks of the sink. Called on gRPC's threads: returns at once.
class AppenderHost {
 public:
  virtual ~AppenderHost() = default;
  // An answer that is not about rows: the table, the token or the service is in trouble.
  virtual void on_trouble(Verdict verdict) = 0;
  // Whether the table was found to be as it must be since the last trouble with it.
  [[nodiscard]] virtual bool table_is_right() = 0;
  // A new connection of its own.
  [[nodiscard]] virtual std::shared_ptr<grpc::Channel> make_channel() = 0;
};

class Appender {
 public:
  virtual ~Appender() = default;  // After close().
  // `begin` is where the rows lie in the spool; {0, 0} when they do not.
  virtual void write(const row::Batch& batch, spool::Position begin, sink::WriteDone done) = 0;
  // Looks after connections, some times a second. May wait for an answer.
  virtual void tick(Clock::time_point now) = 0;
  // Gives up what is being written, ends all connections, returns when they are gone.
  virtual void close() = 0;
  // Rows and requests so far, and the present connections.
  [[nodiscard]] virtual sink::SinkStats stats() const = 0;
};

}  // namespace rs::bigquery
