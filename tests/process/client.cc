#include "process/client.h"

#include <charconv>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/descriptor.h"

namespace rs::process {
namespace {

constexpr timeval kPatience{.tv_sec = 20, .tv_usec = 0};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Answer answer_to(std::uint16_t port, const std::string& request) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const auto address = loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request.size())) {
    return {};
  }
  std::string text;
  char piece[4096];
  for (ssize_t got; (got = ::recv(socket.get(), piece, sizeof piece, 0)) > 0;) {
    text.append(piece, static_cast<std::size_t>(got));
  }
  constexpr std::string_view kStart = "HTTP/1.1 ";
  const auto body = text.find("\r\n\r\n");
  if (!text.starts_with(kStart) || body == std::string::npos) return {};
  Answer answer{.body = text.substr(body + 4)};
  std::from_chars(text.data() + kStart.size(), text.data() + text.size(), answer.status);
  return answer;
}

}  // namespace

std::uint16_t free_port() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return 0;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

Answer get(std::uint16_t port, std::string_view path) {
  return answer_to(
      port, fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path));
}

Answer post(std::uint16_t port, std::string_view path, std::string_view body) {
  return answer_to(port,
                   fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                               path, body.size(), body));
}

Answer wait_for_status(std::uint16_t port, std::string_view path, int status,
                       std::chrono::seconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    auto answer = get(port, path);
    if (answer.status == status || std::chrono::steady_clock::now() > end) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace rs::process
