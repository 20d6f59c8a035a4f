#pragma once
// For tests of tokens: an HTTP server on a port of its own that answers what a function says. One
// connection, one request at a time; the function is called on the server's thread.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace rs::direct {

class HttpStub {
 public:
  struct Answer {
    int status = 200;
    std::string body{};
    std::string headers{};  // Whole lines, each with \r\n.
  };
  // `request` is all of it, head and body.
  using Handler = std::function<Answer(const std::string& request)>;

  explicit HttpStub(Handler handler);
  ~HttpStub();
  HttpStub(const HttpStub&) = delete;
  HttpStub& operator=(const HttpStub&) = delete;

  [[nodiscard]] std::string address() const;  // "127.0.0.1:port"
  [[nodiscard]] std::string url() const { return "http://" + address(); }
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void serve();

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable Mutex mutex_;
  std::vector<std::string> requests_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rs::direct
