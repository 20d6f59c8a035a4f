#include "fakes/pubsub/fake_pubsub.h"

#include <chrono>
#include <set>
#include <utility>

#include <google/pubsub/v1/pubsub.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "base/mutex.h"
#include "fakes/grpc_listener.h"

namespace rs::fakes {
namespace {

namespace pubsub = ::google::pubsub::v1;
using grpc::Status;
using grpc::StatusCode;

constexpr int kMessagesMax = 1'000;
constexpr std::size_t kRequestBytesMax = 10'000'000, kAttributeBytesMax = 1'024;

PublishedMessage copy_of(const pubsub::PubsubMessage& message) {
  return {message.data(),
          {message.attributes().begin(), message.attributes().end()},
          message.ordering_key()};
}

// What the service itself would refuse.
Status check(const pubsub::PublishRequest& request) {
  const auto bad = [](const char* why) { return Status(StatusCode::INVALID_ARGUMENT, why); };
  if (request.messages_size() == 0) return bad("no messages");
  if (request.messages_size() > kMessagesMax) return bad("Too many messages to publish");
  if (request.ByteSizeLong() > kRequestBytesMax)
    return bad("Request payload size exceeds the limit");
  for (const auto& message : request.messages()) {
    if (message.data().empty() && message.attributes().empty()) return bad("an empty message");
    if (message.ordering_key() != request.messages(0).ordering_key()) {
      return bad("All messages in a request must have the same ordering key");
    }
    for (const auto& [name, value] : message.attributes()) {
      if (name.empty() || value.size() > kAttributeBytesMax) return bad("an attribute is too long");
    }
  }
  return Status::OK;
}

class Service final : public pubsub::Publisher::Service {
 public:
  Status GetTopic(grpc::ServerContext*, const pubsub::GetTopicRequest* request,
                  pubsub::Topic* answer) override {
    MutexLock lock(mutex);
    if (!topic_failure.ok()) return topic_failure;
    if (topics.count(request->topic()) == 0) return {StatusCode::NOT_FOUND, "Topic not found"};
    answer->set_name(request->topic());
    return Status::OK;
  }

  Status CreateTopic(grpc::ServerContext*, const pubsub::Topic* request,
                     pubsub::Topic* answer) override {
    MutexLock lock(mutex);
    if (!topic_failure.ok()) return topic_failure;
    if (!topics.insert(request->name()).second) {
      return {StatusCode::ALREADY_EXISTS, "Topic already exists"};
    }
    *answer = *request;
    return Status::OK;
  }

  Status Publish(grpc::ServerContext* context, const pubsub::PublishRequest* request,
                 pubsub::PublishResponse* answer) override {
    const PublishFault fault = see(*context, *request);
    if (fault.is_silent) {
      wait_for_end(*context);
      return {StatusCode::CANCELLED, "nobody waits any more"};
    }
    if (fault.code == 0 || fault.keeps_messages) {
      if (auto status = take(*request, *answer); !status.ok()) return status;
    }
    if (fault.code != 0) return {static_cast<StatusCode>(fault.code), fault.text};
    for (std::size_t i = 0; i < fault.ids_missing; ++i) answer->mutable_message_ids()->RemoveLast();
    return Status::OK;
  }

  // Lets silent calls end.
  void end() {
    MutexLock lock(mutex);
    ending = true;
    changed.notify_all();
  }

  mutable Mutex mutex;
  CondVar changed;
  std::set<std::string> topics;
  Status topic_failure;
  std::function<PublishFault(const PublishSeen&)> decide;
  std::string marker;
  std::vector<PublishSeen> seen;
  std::vector<PublishedMessage> taken;
  std::size_t count = 0;  // Of messages taken.
  bool keeps = true, ending = false;

 private:
  PublishFault see(const grpc::ServerContext& context, const pubsub::PublishRequest& request) {
    MutexLock lock(mutex);
    if (!keeps) return {};
    PublishSeen now{seen.size(), {}, request.ByteSizeLong(), {}};
    for (const auto& message : request.messages()) now.messages.push_back(copy_of(message));
    const auto routing = context.client_metadata().find("x-goog-request-params");
    if (routing != context.client_metadata().end()) {
      now.routing.assign(routing->second.data(), routing->second.size());
    }
    seen.push_back(std::move(now));
    return decide ? decide(seen.back()) : PublishFault{};
  }

  Status take(const pubsub::PublishRequest& request, pubsub::PublishResponse& answer) {
    MutexLock lock(mutex);
    if (topics.count(request.topic()) == 0) return {StatusCode::NOT_FOUND, "Topic not found"};
    if (auto status = check(request); !status.ok()) return status;
    for (const auto& message : request.messages()) {
      if (!marker.empty() && message.data().find(marker) != std::string::npos) {
        return {StatusCode::INVALID_ARGUMENT, "a message is not valid"};
      }
    }
    for (const auto& message : request.messages()) {
      answer.add_message_ids(std::to_string(++count));
      if (keeps) taken.push_back(copy_of(message));
    }
    return Status::OK;
  }

  void wait_for_end(const grpc::ServerContext& context) {
    MutexLock lock(mutex);
    while (!ending && !context.IsCancelled()) {
      changed.wait_for(mutex, std::chrono::milliseconds(5));
    }
  }
};

}  // namespace

struct FakePubSub::Parts {
  explicit Parts(int port) : listener(service, port) {}

  Service service;
  GrpcListener listener;
};

FakePubSub::FakePubSub(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

std::unique_ptr<FakePubSub> FakePubSub::start(FakePubSubOptions options) {
  auto parts = std::make_unique<Parts>(options.port);
  parts->service.keeps = options.keeps_messages;
  if (!parts->listener.listen()) return nullptr;
  return std::unique_ptr<FakePubSub>(new FakePubSub(std::move(parts)));
}

FakePubSub::~FakePubSub() {
  parts_->service.end();
  stop_listening();
}

std::string FakePubSub::address() const {
  return parts_->listener.address();
}

void FakePubSub::stop_listening() {
  parts_->listener.stop();
}

void FakePubSub::listen_again() {
  parts_->listener.listen();
}

void FakePubSub::create_topic(const std::string& path) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.topics.insert(path);
}

void FakePubSub::delete_topic(const std::string& path) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.topics.erase(path);
}

bool FakePubSub::has_topic(const std::string& path) const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.topics.count(path) > 0;
}

void FakePubSub::fail_topic_calls(int code, const std::string& text) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.topic_failure = Status(static_cast<StatusCode>(code), code == 0 ? "" : text);
}

void FakePubSub::on_publish(std::function<PublishFault(const PublishSeen&)> decide) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.decide = std::move(decide);
}

void FakePubSub::refuse_data_with(const std::string& marker) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.marker = marker;
}

std::vector<PublishedMessage> FakePubSub::messages() const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.taken;
}

std::size_t FakePubSub::messages_taken() const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.count;
}

std::vector<PublishSeen> FakePubSub::requests() const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.seen;
}

}  // namespace rs::fakes
