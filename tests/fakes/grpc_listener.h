#pragma once
// A gRPC service of a test on a loopback port, away and back on the same port when told. Not
// thread-safe; the service outlives it.

#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

namespace rs::fakes {

class GrpcListener {
 public:
  // On `port`; 0: the system chooses.
  explicit GrpcListener(grpc::Service& service, int port = 0) : service_(service), port_(port) {}
  ~GrpcListener() { stop(); }
  GrpcListener(const GrpcListener&) = delete;
  GrpcListener& operator=(const GrpcListener&) = delete;

  bool listen();                              // False when it cannot.
  void stop();                                // Ends what is in progress.
  [[nodiscard]] std::string address() const;  // host:port.

 private:
  grpc::Service& service_;
  std::unique_ptr<grpc::Server> server_;
  int port_;
};

}  // namespace rs::fakes
