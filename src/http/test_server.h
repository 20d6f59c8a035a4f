#pragma once
// For tests: a Server with a small handler, and a client that speaks raw bytes. Every wait of the
// client ends by itself, so a broken server fails a test instead of hanging it.

#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/eventually.h"
#include "base/mutex.h"
#include "base/text.h"
#include "http/server.h"
#include "http/socket.h"

namespace rs::http {

// Promises that the handler has given away.
class PromiseBox {
 public:
  void put(const Promise& promise) {
    const MutexLock lock(mutex_);
    promises_.push_back(promise);
    changed_.notify_all();
  }
  // Waits for one.
  Promise take() {
    const Waiting waiting("a promise of the handler");
    const MutexLock lock(mutex_);
    while (promises_.empty()) waiting.on(changed_, mutex_);
    const Promise promise = promises_.front();
    promises_.erase(promises_.begin());
    return promise;
  }
  // Waits for one, and takes all there are.
  std::vector<Promise> take_all() {
    const Waiting waiting("promises of the handler");
    const MutexLock lock(mutex_);
    while (promises_.empty()) waiting.on(changed_, mutex_);
    return std::exchange(promises_, {});
  }
  // The same, when a turn has ended.
  std::vector<Promise> take_turn() {
    const Waiting waiting("the end of the handler's turn");
    const MutexLock lock(mutex_);
    while (turns_ == 0) waiting.on(changed_, mutex_);
    return std::exchange(promises_, {});
  }
  void end_turn() {
    const MutexLock lock(mutex_);
    ++turns_;
    changed_.notify_all();
  }
  int turns() {
    const MutexLock lock(mutex_);
    return turns_;
  }
  // Waits until a thread of the server is in /hold; lets it go on.
  void wait_until_held() {
    const Waiting waiting("a thread of the server in /hold");
    const MutexLock lock(mutex_);
    while (!held_) waiting.on(changed_, mutex_);
  }
  void let_go() {
    const MutexLock lock(mutex_);
    may_go_ = true;
    changed_.notify_all();
  }
  void wait_to_go() {
    const Waiting waiting("let_go()");
    const MutexLock lock(mutex_);
    held_ = true;
    changed_.notify_all();
    while (!may_go_) waiting.on(changed_, mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Promise> promises_;
  int turns_ = 0;
  bool held_ = false, may_go_ = false;
};

inline void settle(const Promise& promise, Outcome outcome, std::uint32_t parts = 1) {
  const Settlement settlement{promise.ticket, outcome, parts};
  promise.mailbox->post({&settlement, 1});
}

inline const std::string& shared_asset() {
  static const std::string asset = [] {
    std::string text;
    while (text.size() < 3'000'000) text += "asset line " + std::to_string(text.size()) + "\n";
    return text;
  }();
  return asset;
}

// Answers "METHOD path?query body" in plain text, except:
//   /later        when its promise settles; 422 when rejected, 503 when refused
//   /later-big?N  the same, with N bytes
//   /parts?N      as /later, by a promise of N parts
//   /big?N        N bytes
//   /asset        shared_asset()
//   /none         204
//   /no-memory    throws std::bad_alloc
//   /count        how many requests this thread has handled before
//   /hold         once the test has called let_go(); the server's thread does nothing meanwhile
class TestHandler final : public Handler {
 public:
  explicit TestHandler(PromiseBox& promises) : promises_(promises) {}

  Answer handle(const Request& request, const Promise& promise, Response& response) override {
    response.content_type = "text/plain";
    const std::size_t handled = handled_++;
    if (request.path == "/hold") promises_.wait_to_go();
    if (request.path == "/no-memory") throw std::bad_alloc();
    if (request.path == "/big" || request.path == "/later-big") {
      response.body.assign(std::stoul(std::string(request.query)), 'x');
    } else if (request.path == "/asset") {
      response.shared_body = shared_asset();
    } else if (request.path == "/count") {
      response.body = std::to_string(handled);
    } else if (request.path == "/none") {
      response.status = 204;
      response.content_type = {};
    } else {
      response.body.append(request.method_text).append(" ").append(request.path);
      response.body.append("?").append(request.query).append(" ").append(request.body);
    }
    response.add("X-Peer", request.peer_address);
    if (request.path == "/parts") {
      response.promise_parts = static_cast<std::uint32_t>(std::stoul(std::string(request.query)));
    } else if (request.path != "/later" && request.path != "/later-big") {
      return Answer::kNow;
    }
    promises_.put(promise);
    return Answer::kLater;
  }
  void turn_ended() override { promises_.end_turn(); }
  void settle(Outcome outcome, Response& response) override {
    if (outcome == Outcome::kKept) return;
    response.status = outcome == Outcome::kRejected ? 422 : 503;
    response.body = outcome == Outcome::kRejected ? "rejected" : "refused";
  }
  void refuse(Refusal refusal, const Request& request, Response& response) override {
    response.content_type = "application/json";
    response.body = std::string(R"({"detail":")") + refusal_label(refusal) + "\"}";
    const auto origin = request.header(Known::kOrigin);
    if (origin.data() != nullptr) response.add("X-Origin", origin);
  }

 private:
  PromiseBox& promises_;
  std::size_t handled_ = 0;
};

// Timeouts so short that tests may wait for them are set by the tests that do.
inline ServerSettings test_settings() {
  ServerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = 0;
  settings.threads = 1;
  settings.body_bytes_max = 1000;
  settings.timeouts.tick = std::chrono::milliseconds(5);
  return settings;
}

class TestServer {
 public:
  explicit TestServer(const ServerSettings& settings = test_settings()) {
    auto server = Server::listen(settings);
    if (!server) {
      ADD_FAILURE() << server.error().message;
      std::abort();
    }
    server_ = *std::move(server);
    server_->run([this](unsigned, Mailbox&) { return std::make_unique<TestHandler>(promises_); });
  }
  Server& operator*() { return *server_; }
  Server* operator->() { return server_.get(); }
  PromiseBox& promises() { return promises_; }

 private:
  PromiseBox promises_;
  std::unique_ptr<Server> server_;
};

struct Reply {
  int status = 0;
  std::string head, body;

  // The field's value, or "" when it is absent.
  [[nodiscard]] std::string field(std::string_view name) const {
    const std::string mark = "\r\n" + lower_case(name) + ": ";
    const auto at = lower_case(head).find(mark);
    if (at == std::string::npos) return "";
    const auto begin = at + mark.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (port != kLater) connect(port);
  }
  static constexpr std::uint16_t kLater = 0;  // In place of a port: see connect().
  void connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool is_connected() const { return connected_; }

  Client& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // The server has hung up, which its answer explains.
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }
  // As much as fits without waiting.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  void finish() { ::shutdown(socket_.get(), SHUT_WR); }
  // Closes with a reset, as a client that has crashed.
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }

  // The next reply, as far as it came: status 0 when the connection ended before its head did.
  Reply read(bool is_head_request = false) {
    Reply reply;
    while (input_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return reply;
    }
    const auto end = input_.find("\r\n\r\n") + 2;
    reply.head = input_.substr(0, end);
    input_.erase(0, end + 2);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const std::string length = reply.field("Content-Length");
    const std::size_t size = length.empty() || is_head_request ? 0 : std::stoul(length);
    while (input_.size() < size && receive()) continue;
    reply.body = input_.substr(0, size);
    input_.erase(0, size);
    return reply;
  }
  Reply ask(std::string_view request) { return send(request).read(); }

  // Drops what comes next, at most so many bytes; 0 when the connection has ended.
  std::size_t take_some(std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

  // Whether the server closes, and in order (no reset), with nothing more to say.
  bool is_closed() { return input_.empty() && !receive() && !timed_out_ && !was_reset_; }
  // Whether nothing comes for a moment. For what must not happen; keep it short.
  bool is_silent(int millis = 30) {
    pollfd wait{socket_.get(), POLLIN, 0};
    return input_.empty() && ::poll(&wait, 1, millis) == 0;
  }
  [[nodiscard]] bool was_reset() const { return was_reset_; }

 private:
  bool receive() {
    constexpr int kPatience = 10'000;  // Milliseconds; never used up unless something is broken.
    pollfd wait{socket_.get(), POLLIN, 0};
    timed_out_ = ::poll(&wait, 1, kPatience) == 0;
    if (timed_out_) {
      ADD_FAILURE() << "no answer for too long";
      return false;
    }
    char bytes[65536];
    const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    was_reset_ = got < 0;
    if (got <= 0) return false;
    input_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  Descriptor socket_;
  bool connected_ = false, timed_out_ = false, was_reset_ = false;
  std::string input_;
};

inline const std::string kGet = "GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n";

inline std::string post(std::string_view path, std::string_view body,
                        std::string_view fields = "") {
  std::string out = "POST ";
  out.append(path).append(" HTTP/1.1\r\nHost: h\r\n").append(fields);
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return out.append(body);
}

}  // namespace rs::http
