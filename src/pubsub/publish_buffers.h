#pragma once
// Memory of requests, lent to gRPC and used again. A request of 500 rows is about a megabyte, and
// fresh memory of that size costs a page fault for each 4 KiB.
//   take --> filled --lend--> gRPC ... done with it --> take
// gRPC lets go of a request on a thread of its own, perhaps after the call has ended, and even when
// the pool is gone. Thread-safe.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class ByteBuffer;
}

namespace rs::pubsub {

class PublishBuffers : public std::enable_shared_from_this<PublishBuffers> {
 public:
  // Keeps up to `most` that nobody uses, of up to `bytes_max` each.
  PublishBuffers(std::size_t most, std::size_t bytes_max) : most_(most), bytes_max_(bytes_max) {}

  // Empty, with memory if there is some.
  [[nodiscard]] std::string take();
  void give_back(std::string buffer);

  // The bytes as gRPC takes them, without a copy.
  [[nodiscard]] grpc::ByteBuffer lend(std::string bytes);

 private:
  const std::size_t most_, bytes_max_;
  Mutex mutex_;
  std::vector<std::string> spare_ GUARDED_BY(mutex_);
};

}  // namespace rs::pubsub
