#pragma once
// Cloud Logging of our own, for tests: WriteLogEntries over gRPC on a loopback port. It keeps what
// is written and answers as a test says. Thread-safe.

#include <functional>
#include <string>
#include <vector>

#include <google/logging/v2/logging.grpc.pb.h>

#include "base/mutex.h"  // Before gRPC's headers: abseil redefines its names.
#include "fakes/grpc_listener.h"

namespace rs::fakes {

class FakeLogging final : private ::google::logging::v2::LoggingServiceV2::Service {
 public:
  using Request = ::google::logging::v2::WriteLogEntriesRequest;
  using Answer = std::function<grpc::Status(grpc::ServerContext&)>;

  FakeLogging();

  [[nodiscard]] std::string address() const { return listener_.address(); }  // host:port.

  // The answers to the next calls, in their order; then OK. Each is called without a lock.
  void answer_with(std::vector<Answer> answers);

  // Until so many calls have come, or an entry's text contains `part`; false after 20 seconds.
  [[nodiscard]] bool wait_for_calls(std::size_t count);
  [[nodiscard]] bool wait_for_text(const std::string& part);

  [[nodiscard]] std::vector<Request> sent() const;       // Every call.
  [[nodiscard]] std::vector<Request> taken() const;      // Those that were answered with OK.
  [[nodiscard]] std::vector<std::string> texts() const;  // Of the entries taken.

 private:
  grpc::Status WriteLogEntries(grpc::ServerContext* context, const Request* request,
                               ::google::logging::v2::WriteLogEntriesResponse* answer) override;
  [[nodiscard]] bool wait(const std::function<bool()>& done);

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Answer> answers_ GUARDED_BY(mutex_);
  std::vector<Request> sent_ GUARDED_BY(mutex_), taken_ GUARDED_BY(mutex_);
  GrpcListener listener_{*this};  // Last: its calls touch the others.
};

}  // namespace rs::fakes
