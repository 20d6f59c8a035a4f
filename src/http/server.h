#pragma once
// The HTTP/1.1 server: N request threads, each with its own handler and its own connections.
//
//   RS_TRY(auto server, Server::listen(settings));
//   server->run([&](unsigned, Mailbox& mailbox) { return std::make_unique<MyHandler>(mailbox); });
//   ...
//   server->stop(deadline);
//   server->join();
//
// Mailboxes live as long as the Server: destroy it after everybody who holds a Promise.
// stop() and stats() are thread-safe, the rest is for one thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/mailbox.h"
#include "base/result.h"
#include "http/message.h"
#include "http/settings.h"
#include "http/stats.h"

namespace rs::http {

struct SharedState;
class Loop;

class Server {
 public:
  // Called once for each thread, on the thread that calls run().
  using HandlerFactory = std::function<std::unique_ptr<Handler>(unsigned thread, Mailbox& mailbox)>;

  // Binds and listens; clients can connect but are not served before run().
  static Result<std::unique_ptr<Server>> listen(ServerSettings settings);

  // Stops at once if that has not been done.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void run(const HandlerFactory& make_handler);

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Stops accepting, closes idle connections, finishes requests in progress, those that wait for
  // promises included, and says "Connection: close" with each answer. At `deadline` whatever is
  // left is closed; promises that have not settled by then count as refused. Returns at once.
  void stop(std::chrono::steady_clock::time_point deadline);

  // Waits until all request threads have ended.
  void join();

  [[nodiscard]] Stats stats() const;

 private:
  explicit Server(ServerSettings settings);

  ServerSettings settings_;
  std::uint16_t port_ = 0;
  std::unique_ptr<SharedState> shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::unique_ptr<Handler>> handlers_;
  std::vector<std::thread> threads_;
};

}  // namespace rs::http
