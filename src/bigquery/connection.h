#pragma once
// One AppendRows call: requests out, one at a time; answers in, one for each request, in order.
//   open --> prepare, send, (on_sent), prepare, send, ... (on_answer) ... --> (on_end), and the
//   object is gone
// It keeps no rows and decides nothing: the Owner does. The Owner is called on gRPC's threads, one
// call at a time for each of on_answer and on_end, on_sent beside them.
// Rules for the Owner: after on_broken() no send() is begun; release() is called exactly once, when
// there is none in progress, and nothing but on_end() follows.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "bigquery/answer.h"
#include "row/batch.h"

namespace grpc {  // NOLINT(readability-identifier-naming)
class Channel;
}

namespace rs::bigquery {

class AppendConnection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // The request is on its way, which says nothing about its rows; the next may be sent.
    virtual void on_sent(AppendConnection& connection, bool sent) = 0;
    virtual void on_answer(AppendConnection& connection, AppendAnswer answer) = 0;
    virtual void on_broken(AppendConnection& connection) = 0;  // No further answer will come.
    // `gone` only says which connection it was.
    virtual void on_end(const AppendConnection* gone, AppendAnswer status) = 0;
  };

  // `stream` is the full name of a write stream. `owner` outlives the connection.
  [[nodiscard]] static AppendConnection& open(const std::shared_ptr<grpc::Channel>& channel,
                                              const std::string& stream, Owner& owner);

  // Makes a request of these rows of `batch`, which are copied.
  virtual void prepare(const row::Batch& batch, std::span<const std::uint32_t> rows,
                       std::optional<std::int64_t> offset) = 0;
  // Sends it. One until on_sent().
  virtual void send() = 0;
  virtual void finish() = 0;  // No request follows; in place of a send().
  virtual void cancel() = 0;  // Ends the call at once.
  virtual void release() = 0;

 protected:
  virtual ~AppendConnection() = default;
};

}  // namespace rs::bigquery
