#pragma once
// Streams of our own, for exactly once: made, and ended with a count of what they hold.
// Each call waits for its answer, for at most the time given.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "bigquery/answer.h"

namespace grpc {  // NOLINT(readability-identifier-naming)
class Channel;
}

namespace rs::bigquery {

template <class T>
using StreamResult = tl::expected<T, AppendAnswer>;

class WriteStreams {
 public:
  explicit WriteStreams(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  // The full name of a new COMMITTED stream of `table` ("projects/P/datasets/D/tables/T").
  [[nodiscard]] StreamResult<std::string> create(const std::string& table,
                                                 std::chrono::milliseconds timeout) const;
  // Ends the stream: it takes no more rows. How many it has; the same when it was ended before.
  [[nodiscard]] StreamResult<std::int64_t> finalize(const std::string& stream,
                                                    std::chrono::milliseconds timeout) const;

 private:
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace rs::bigquery
