#include "direct/http_stub.h"

#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rs::direct {
namespace {

// Until the body that Content-Length announces is there, or the client has gone.
std::string read_request(int client) {
  std::string request;
  char buffer[4096];
  for (;;) {
    const auto head = request.find("\r\n\r\n");
    if (head != std::string::npos) {
      const auto field = request.find("Content-Length: ");
      const auto size = field < head ? std::strtoul(request.c_str() + field + 16, nullptr, 10) : 0;
      if (request.size() >= head + 4 + size) return request;
    }
    const auto got = ::recv(client, buffer, sizeof(buffer), 0);
    if (got <= 0) return request;
    request.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

HttpStub::HttpStub(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpStub::~HttpStub() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string HttpStub::address() const {
  return fmt::format("127.0.0.1:{}", port_);
}

std::vector<std::string> HttpStub::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

void HttpStub::serve() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const auto request = read_request(client);
    {
      MutexLock lock(mutex_);
      requests_.push_back(request);
    }
    const auto answer = handler_(request);
    const auto text =
        fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
                    answer.status, answer.body.size(), answer.headers, answer.body);
    static_cast<void>(::send(client, text.data(), text.size(), MSG_NOSIGNAL));
    ::close(client);
  }
}

}  // namespace rs::direct
