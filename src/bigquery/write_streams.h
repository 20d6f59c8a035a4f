#pragma once
// Streams of our own, for exactly once: made, and ended with a count of their rows.
// Each call waits for its answer, for at most the time given. One call at a time; stop() from any
// thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "base/mutex.h"
#include "bigquery/answer.h"

namespace grpc {  // NOLINT(readability-identifier-naming)
class Channel;
class ClientContext;
class Status;
}  // namespace grpc

namespace rs::bigquery {

template <class T>
using StreamResult = tl::expected<T, AppendAnswer>;

class WriteStreams {
 public:
  // `denied_max`: how long permission to finalise a stream may be denied before the stream counts
  // as gone. Permissions, and tables that were made anew, take a while to be known everywhere.
  WriteStreams(std::shared_ptr<grpc::Channel> channel, std::chrono::milliseconds denied_max)
      : channel_(std::move(channel)), denied_max_(denied_max) {}

  // The full name of a new COMMITTED stream of `table` ("projects/P/datasets/D/tables/T").
  [[nodiscard]] StreamResult<std::string> create(const std::string& table,
                                                 std::chrono::milliseconds timeout);
  // Ends the stream, if it has not ended: it takes no more rows. How many it has; or kStreamGone:
  // that cannot be known any more. Any other error says that it is not known now.
  [[nodiscard]] StreamResult<std::int64_t> finalize(const std::string& stream,
                                                    std::chrono::milliseconds timeout);
  // Ends the call in progress; later calls fail at once.
  void stop();

 private:
  class Call;
  Verdict judge(const grpc::Status& status, Verdict verdict);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::chrono::milliseconds denied_max_;
  std::optional<std::chrono::steady_clock::time_point> denied_since_;

  Mutex mutex_;
  grpc::ClientContext* present_ GUARDED_BY(mutex_) = nullptr;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::bigquery
