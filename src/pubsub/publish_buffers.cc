#include "pubsub/publish_buffers.h"

#include <utility>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

namespace rs::pubsub {
namespace {

struct Lent {
  std::string bytes;
  std::weak_ptr<PublishBuffers> owner;
};

void end_loan(void* lent) {
  const std::unique_ptr<Lent> loan(static_cast<Lent*>(lent));
  if (const auto owner = loan->owner.lock()) owner->give_back(std::move(loan->bytes));
}

}  // namespace

std::string PublishBuffers::take() {
  MutexLock lock(mutex_);
  if (spare_.empty()) return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void PublishBuffers::give_back(std::string buffer) {
  buffer.clear();
  MutexLock lock(mutex_);
  if (spare_.size() < most_ && buffer.capacity() <= bytes_max_) spare_.push_back(std::move(buffer));
}

grpc::ByteBuffer PublishBuffers::lend(std::string bytes) {
  // The slice's last holder frees it.
  auto* lent = new Lent{std::move(bytes), weak_from_this()};
  const grpc::Slice slice(lent->bytes.data(), lent->bytes.size(), end_loan, lent);
  return {&slice, 1};
}

}  // namespace rs::pubsub
