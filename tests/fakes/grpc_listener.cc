#include "fakes/grpc_listener.h"

#include <chrono>

namespace rs::fakes {

bool GrpcListener::listen() {
  if (server_ != nullptr) return true;
  int chosen = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials(), &chosen);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ != nullptr) port_ = chosen;
  return server_ != nullptr && chosen != 0;
}

void GrpcListener::stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

std::string GrpcListener::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

}  // namespace rs::fakes
