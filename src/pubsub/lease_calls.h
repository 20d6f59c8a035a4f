#pragma once
// The requests about messages that are held: acknowledge them, give them back, keep them longer.
// Any number may be on the way. Answers come on gRPC's threads. Thread-safe, but for close().

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "pubsub/leases.h"
#include "pubsub/subscription_settings.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Channel;
class Status;
}  // namespace grpc

namespace rs::pubsub {

class LeaseCalls {
 public:
  using Done = std::function<void(const grpc::Status&)>;

  LeaseCalls(const SubscriptionSettings& settings, const std::shared_ptr<grpc::Channel>& channel);
  ~LeaseCalls();

  void acknowledge(const LeaseBatch& batch, Done done);
  void give_back(const LeaseBatch& batch, Done done);
  void extend(const LeaseBatch& batch, Done done);

  // Cancels what is on the way and waits until every done() has returned. No call follows.
  void close();

 private:
  struct Call;
  struct Stub;

  void modify(const LeaseBatch& batch, int seconds, Done done);
  [[nodiscard]] Call& begin(Done done);
  void end(Call* call, const grpc::Status& status);

  const SubscriptionSettings settings_;
  const std::string path_, routing_;  // As in the request, and as in its header.
  std::unique_ptr<Stub> stub_;
  Mutex mutex_;
  CondVar changed_;
  std::set<Call*> calls_ GUARDED_BY(mutex_);
  bool closing_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::pubsub
