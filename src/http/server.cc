#include "http/server.h"

#include <algorithm>
#include <string>
#include <utility>

#include <pthread.h>

#include "base/signals_blocked.h"
#include "http/loop.h"
#include "http/socket.h"

namespace rs::http {

Result<std::unique_ptr<Server>> Server::listen(ServerSettings settings) {
  if (settings.threads == 0) settings.threads = std::max(1U, std::thread::hardware_concurrency());
  std::unique_ptr<Server> server(new Server(std::move(settings)));
  const ServerSettings& own = server->settings_;
  RS_TRY(auto listeners, listen_on(own.host, own.port, own.threads));
  server->port_ = port_of(listeners.front());
  for (auto& listener : listeners) {
    server->loops_.push_back(std::make_unique<Loop>(own, *server->shared_, std::move(listener)));
    if (!server->loops_.back()->is_usable()) {
      return fail(ErrorCode::kUnavailable, "cannot watch sockets: too many open files");
    }
  }
  return server;
}

Server::Server(ServerSettings settings)
    : settings_(std::move(settings)), shared_(std::make_unique<SharedState>(settings_)) {}

Server::~Server() {
  stop(std::chrono::steady_clock::now());
  join();
}

void Server::run(const HandlerFactory& make_handler) {
  const SignalsBlocked blocked;
  for (unsigned i = 0; i < loops_.size(); ++i) {
    handlers_.push_back(make_handler(i, *loops_[i]));
  }
  for (unsigned i = 0; i < loops_.size(); ++i) {
    threads_.emplace_back([this, i] { loops_[i]->run(*handlers_[i]); });
    pthread_setname_np(threads_.back().native_handle(), ("http-" + std::to_string(i)).c_str());
  }
}

void Server::stop(std::chrono::steady_clock::time_point deadline) {
  const auto at =
      std::chrono::duration_cast<std::chrono::microseconds>(deadline.time_since_epoch());
  for (const auto& loop : loops_) loop->stop(at.count());
}

void Server::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

Stats Server::stats() const {
  Stats stats;
  for (const auto& loop : loops_) stats.add(loop->stats());
  stats.unfinished_bytes = shared_->unfinished.bytes();
  return stats;
}

}  // namespace rs::http
