#include "pubsub/lease_calls.h"

#include <utility>

#include <google/pubsub/v1/pubsub.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "google/http_client.h"

namespace rs::pubsub {
namespace {

namespace pubsub = ::google::pubsub::v1;

template <class Request>
void name(Request& request, const std::string& path, const LeaseBatch& batch) {
  request.set_subscription(path);
  for (const auto& id : batch.ack_ids) request.add_ack_ids(id);
}

}  // namespace

struct LeaseCalls::Stub {
  explicit Stub(const std::shared_ptr<grpc::Channel>& channel) : subscriber(channel) {}
  pubsub::Subscriber::Stub subscriber;
};

struct LeaseCalls::Call {
  grpc::ClientContext context;
  pubsub::AcknowledgeRequest acknowledge;
  pubsub::ModifyAckDeadlineRequest modify;
  ::google::protobuf::Empty answer;
  Done done;
};

LeaseCalls::LeaseCalls(const SubscriptionSettings& settings,
                       const std::shared_ptr<grpc::Channel>& channel)
    : settings_(settings),
      path_(settings.path()),
      routing_("subscription=" + google::percent_encode(path_)),
      stub_(std::make_unique<Stub>(channel)) {}

LeaseCalls::~LeaseCalls() {
  close();
}

LeaseCalls::Call& LeaseCalls::begin(Done done) {
  auto* call = new Call;  // end() deletes it.
  call->done = std::move(done);
  call->context.AddMetadata("x-goog-request-params", routing_);
  call->context.set_deadline(std::chrono::system_clock::now() + settings_.call_timeout);
  MutexLock lock(mutex_);
  calls_.insert(call);
  if (closing_) call->context.TryCancel();
  return *call;
}

void LeaseCalls::end(Call* call, const grpc::Status& status) {
  call->done(status);
  // The context holds the channel: close() returns after its end, with another holder left.
  MutexLock lock(mutex_);
  calls_.erase(call);
  delete call;
  changed_.notify_all();
}

void LeaseCalls::acknowledge(const LeaseBatch& batch, Done done) {
  auto& call = begin(std::move(done));
  name(call.acknowledge, path_, batch);
  stub_->subscriber.async()->Acknowledge(
      &call.context, &call.acknowledge, &call.answer,
      [this, &call](const grpc::Status& status) { end(&call, status); });
}

void LeaseCalls::modify(const LeaseBatch& batch, int seconds, Done done) {
  auto& call = begin(std::move(done));
  name(call.modify, path_, batch);
  call.modify.set_ack_deadline_seconds(seconds);
  stub_->subscriber.async()->ModifyAckDeadline(
      &call.context, &call.modify, &call.answer,
      [this, &call](const grpc::Status& status) { end(&call, status); });
}

void LeaseCalls::give_back(const LeaseBatch& batch, Done done) {
  modify(batch, 0, std::move(done));
}

void LeaseCalls::extend(const LeaseBatch& batch, Done done) {
  modify(batch, static_cast<int>(settings_.ack_deadline.count()), std::move(done));
}

void LeaseCalls::close() {
  MutexLock lock(mutex_);
  closing_ = true;
  for (auto* call : calls_) call->context.TryCancel();
  while (!calls_.empty()) changed_.wait(mutex_);
}

}  // namespace rs::pubsub
