#include "pubsub/pull_call.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <google/pubsub/v1/pubsub.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "google/http_client.h"

namespace rs::pubsub {
namespace {

namespace pubsub = ::google::pubsub::v1;

Message message_of(pubsub::ReceivedMessage& received) {
  Message out;
  out.ack_id = std::move(*received.mutable_ack_id());
  auto& message = *received.mutable_message();
  out.message_id = std::move(*message.mutable_message_id());
  out.data = std::move(*message.mutable_data());
  out.ordering_key = std::move(*message.mutable_ordering_key());
  for (auto& [name, value] : *message.mutable_attributes()) {
    out.attributes.emplace_back(name, std::move(value));
  }
  std::sort(out.attributes.begin(), out.attributes.end());
  const auto& time = message.publish_time();
  out.publish_time = time.seconds() * 1'000'000 + time.nanos() / 1'000;
  return out;
}

class Call final
    : public PullCall,
      private grpc::ClientBidiReactor<pubsub::StreamingPullRequest, pubsub::StreamingPullResponse> {
 public:
  Call(const std::shared_ptr<grpc::Channel>& channel, const SubscriptionSettings& settings,
       const std::string& client, Owner& owner)
      : owner_(owner), stub_(channel) {
    const auto path = settings.path();
    context_.AddMetadata("x-goog-request-params", "subscription=" + google::percent_encode(path));
    request_.set_subscription(path);
    request_.set_stream_ack_deadline_seconds(static_cast<int>(settings.ack_deadline.count()));
    request_.set_client_id(client);
    request_.set_max_outstanding_messages(static_cast<std::int64_t>(settings.held_messages_max));
    request_.set_max_outstanding_bytes(static_cast<std::int64_t>(settings.held_bytes_max));
  }

  void start() {
    stub_.async()->StreamingPull(&context_, this);
    AddHold();  // For what is begun outside of reactions: reads that waited, and pings.
    StartWrite(&request_);
    StartRead(&response_);
    StartCall();
  }

  void read_on() override { StartRead(&response_); }
  void cancel() override { context_.TryCancel(); }
  void ping() override {
    if (writing_.exchange(true)) return;
    request_.Clear();
    StartWrite(&request_);
  }

 private:
  void OnWriteDone(bool) override { writing_ = false; }

  void OnReadDone(bool ok) override {
    if (!ok) {
      owner_.on_broken();
      return RemoveHold();
    }
    std::vector<Message> messages;
    messages.reserve(static_cast<std::size_t>(response_.received_messages_size()));
    for (auto& received : *response_.mutable_received_messages()) {
      messages.push_back(message_of(received));
    }
    owner_.on_messages(*this, std::move(messages));
  }

  void OnDone(const grpc::Status& status) override {
    // OnDone is the one safe place to delete a reactor (gRFC L67). That comes first: once the owner
    // knows, it may let go of the channel, and the last holder must not be a callback (grpc#37198).
    Owner& owner = owner_;
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it may be part of the call.
    const grpc::Status end = status;
    delete this;
    owner.on_end(end);
  }

  Owner& owner_;
  pubsub::Subscriber::Stub stub_;
  grpc::ClientContext context_;
  pubsub::StreamingPullRequest request_;
  pubsub::StreamingPullResponse response_;
  std::atomic<bool> writing_ = true;
};

}  // namespace

PullCall& PullCall::open(const std::shared_ptr<grpc::Channel>& channel,
                         const SubscriptionSettings& settings, const std::string& client,
                         Owner& owner) {
  // Deletes itself before on_end().
  auto* call = new Call(channel, settings, client, owner);
  call->start();
  return *call;
}

}  // namespace rs::pubsub
