#include "fakes/pubsub/fake_subscription.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
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
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAnswerMessages = 500;          // In one StreamingPull answer.
constexpr std::size_t kAckIdsMax = 2'500;             // 512 KiB of them.
constexpr std::int64_t kPublishTime = 1'768'473'045;  // Seconds since 1970.
constexpr std::chrono::milliseconds kLook{5};

struct Lease {
  std::size_t message;
  const void* reader;  // Which call has it.
  Clock::time_point end;
};

class Service final : public pubsub::Subscriber::Service {
 public:
  using Stream =
      grpc::ServerReaderWriter<pubsub::StreamingPullResponse, pubsub::StreamingPullRequest>;

  explicit Service(std::string name) : path(std::move(name)) {}

  Status StreamingPull(grpc::ServerContext* context, Stream* stream) override {
    pubsub::StreamingPullRequest request;
    if (!stream->Read(&request)) return {StatusCode::CANCELLED, "no request"};
    const auto status = pull(*context, *stream, request);
    MutexLock lock(mutex);
    --seen.readers;
    changed.notify_all();
    return status;
  }

  Status pull(grpc::ServerContext& context, Stream& stream,
              const pubsub::StreamingPullRequest& request) {
    std::size_t generation = 0;
    {
      MutexLock lock(mutex);
      ++seen.pulls;
      ++seen.readers;
      seen.client = request.client_id();
      const auto routing = context.client_metadata().find("x-goog-request-params");
      if (routing != context.client_metadata().end()) {
        seen.routing.assign(routing->second.data(), routing->second.size());
      }
      if (!pull_failure.ok()) return pull_failure;
      if (request.subscription() != path) return {StatusCode::NOT_FOUND, "Resource not found"};
      generation = pulls_ended;
    }
    // Later requests are pings of the reader's, which need no answer.
    for (;;) {
      pubsub::StreamingPullResponse answer;
      {
        MutexLock lock(mutex);
        while (!fill(answer, request, &stream)) {
          if (generation != pulls_ended) return end_status;
          if (ending || context.IsCancelled()) return {StatusCode::CANCELLED, "no reader"};
          changed.wait_for(mutex, kLook);
        }
      }
      if (!stream.Write(answer)) return {StatusCode::CANCELLED, "no reader"};
    }
  }

  Status Acknowledge(grpc::ServerContext*, const pubsub::AcknowledgeRequest* request,
                     google::protobuf::Empty*) override {
    MutexLock lock(mutex);
    ++seen.acknowledge_calls;
    if (acknowledge_failure != 0) {
      return {static_cast<StatusCode>(acknowledge_failure), "told to fail"};
    }
    if (auto status = check(*request); !status.ok()) return status;
    for (const auto& id : request->ack_ids()) {
      const auto lease = leases.find(id);
      if (lease == leases.end()) continue;  // It has ended: the service forgets this silently.
      messages[lease->second.message].is_acknowledged = true;
      ++acknowledged;
      leases.erase(lease);
    }
    changed.notify_all();
    return Status::OK;
  }

  Status ModifyAckDeadline(grpc::ServerContext*, const pubsub::ModifyAckDeadlineRequest* request,
                           google::protobuf::Empty*) override {
    MutexLock lock(mutex);
    if (auto status = check(*request); !status.ok()) return status;
    if (request->ack_deadline_seconds() > 0) ++seen.extend_calls;
    for (const auto& id : request->ack_ids()) {
      const auto lease = leases.find(id);
      if (lease == leases.end()) continue;
      if (request->ack_deadline_seconds() == 0) {
        ++seen.returned;
        ready.push_back(lease->second.message);
        leases.erase(lease);
      } else {
        ++seen.extended;
        lease->second.end = Clock::now() + std::chrono::seconds(request->ack_deadline_seconds());
      }
    }
    changed.notify_all();
    return Status::OK;
  }

  void expire(Clock::time_point now) {
    for (auto lease = leases.begin(); lease != leases.end();) {
      if (lease->second.end > now) {
        ++lease;
        continue;
      }
      ready.push_back(lease->second.message);
      lease = leases.erase(lease);
    }
  }

  mutable Mutex mutex;
  CondVar changed;
  const std::string path;
  std::vector<SubscribedMessage> messages;
  std::deque<std::size_t> ready;                  // To be delivered.
  std::unordered_map<std::string, Lease> leases;  // By ack id.
  SubscriptionSeen seen;
  Status pull_failure, end_status;
  int acknowledge_failure = 0;
  std::size_t acknowledged = 0, pulls_ended = 0;
  bool ending = false;

 private:
  template <class Request>
  Status check(const Request& request) const {
    if (request.subscription() != path) return {StatusCode::NOT_FOUND, "Resource not found"};
    if (request.ack_ids_size() == 0 ||
        static_cast<std::size_t>(request.ack_ids_size()) > kAckIdsMax) {
      return {StatusCode::INVALID_ARGUMENT, "no ack ids, or too many"};
    }
    return Status::OK;
  }

  // What the reader may have now. False when that is nothing.
  bool fill(pubsub::StreamingPullResponse& answer, const pubsub::StreamingPullRequest& request,
            const void* reader) {
    const auto now = Clock::now();
    expire(now);
    auto room = request.max_outstanding_messages() -
                std::count_if(leases.begin(), leases.end(),
                              [&](const auto& lease) { return lease.second.reader == reader; });
    while (!ready.empty() && room-- > 0 &&
           static_cast<std::size_t>(answer.received_messages_size()) < kAnswerMessages) {
      const std::size_t index = ready.front();
      ready.pop_front();
      auto& message = messages[index];
      auto& received = *answer.add_received_messages();
      received.set_ack_id("ack-" + message.id + "-" + std::to_string(++message.deliveries));
      auto& body = *received.mutable_message();
      body.set_data(message.data);
      body.mutable_attributes()->insert(message.attributes.begin(), message.attributes.end());
      body.set_message_id(message.id);
      body.set_ordering_key(message.ordering_key);
      body.mutable_publish_time()->set_seconds(kPublishTime);
      body.mutable_publish_time()->set_nanos(123'456'789);
      leases[received.ack_id()] = {
          index, reader, now + std::chrono::seconds(request.stream_ack_deadline_seconds())};
    }
    seen.outstanding_most = std::max(seen.outstanding_most, leases.size());
    return answer.received_messages_size() > 0;
  }
};

}  // namespace

struct FakeSubscription::Parts {
  explicit Parts(const std::string& path) : service(path) {}

  Service service;
  GrpcListener listener{service};
};

FakeSubscription::FakeSubscription(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

std::unique_ptr<FakeSubscription> FakeSubscription::start(const std::string& path) {
  auto parts = std::make_unique<Parts>(path);
  if (!parts->listener.listen()) return nullptr;
  return std::unique_ptr<FakeSubscription>(new FakeSubscription(std::move(parts)));
}

FakeSubscription::~FakeSubscription() {
  {
    MutexLock lock(parts_->service.mutex);
    parts_->service.ending = true;
    parts_->service.changed.notify_all();
  }
  stop_listening();
}

std::string FakeSubscription::address() const {
  return parts_->listener.address();
}

void FakeSubscription::stop_listening() {
  parts_->listener.stop();
}

void FakeSubscription::listen_again() {
  parts_->listener.listen();
}

std::string FakeSubscription::publish(const std::string& data,
                                      std::map<std::string, std::string> attributes,
                                      const std::string& ordering_key) {
  auto& service = parts_->service;
  MutexLock lock(service.mutex);
  const std::size_t index = service.messages.size();
  service.messages.push_back(
      {std::to_string(index + 1), data, std::move(attributes), ordering_key});
  service.ready.push_back(index);
  service.changed.notify_all();
  return service.messages.back().id;
}

void FakeSubscription::expire_leases() {
  MutexLock lock(parts_->service.mutex);
  parts_->service.expire(Clock::time_point::max());
  parts_->service.changed.notify_all();
}

void FakeSubscription::end_pulls(int code) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.end_status =
      Status(static_cast<StatusCode>(code), code == 0 ? "" : "told to end");
  ++parts_->service.pulls_ended;
  parts_->service.changed.notify_all();
}

void FakeSubscription::fail_pulls(int code, const std::string& text) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.pull_failure = Status(static_cast<StatusCode>(code), code == 0 ? "" : text);
}

void FakeSubscription::fail_acknowledgements(int code) {
  MutexLock lock(parts_->service.mutex);
  parts_->service.acknowledge_failure = code;
}

std::vector<SubscribedMessage> FakeSubscription::messages() const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.messages;
}

SubscriptionSeen FakeSubscription::seen() const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.seen;
}

std::size_t FakeSubscription::acknowledged() const {
  MutexLock lock(parts_->service.mutex);
  return parts_->service.acknowledged;
}

bool FakeSubscription::wait_until_unread(std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  MutexLock lock(parts_->service.mutex);
  while (parts_->service.seen.readers > 0) {
    if (parts_->service.changed.wait_until(parts_->service.mutex, end) == std::cv_status::timeout) {
      return parts_->service.seen.readers == 0;
    }
  }
  return true;
}

bool FakeSubscription::wait_until_acknowledged(std::size_t count, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  MutexLock lock(parts_->service.mutex);
  while (parts_->service.acknowledged < count) {
    if (parts_->service.changed.wait_until(parts_->service.mutex, end) == std::cv_status::timeout) {
      return parts_->service.acknowledged >= count;
    }
  }
  return true;
}

}  // namespace rs::fakes
