#include "commands/ask_server.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace rs::commands {
namespace {

constexpr std::size_t kAnswerMax = 64 * 1024;  // Bytes; the answers have a few hundred.

tl::unexpected<Error> failed_to(std::string_view what) {
  return fail(ErrorCode::kUnavailable,
              fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

// Where a server that listens on `host` is met from the same machine.
std::string address_to_ask(const std::string& host) {
  if (host == "0.0.0.0" || host == "localhost") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

Result<void> connect_to(const Descriptor& socket, const std::string& address, std::uint16_t port,
                        std::chrono::milliseconds patience) {
  const timeval wait{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const sockaddr* to = nullptr;
  socklen_t size = 0;
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    to = reinterpret_cast<const sockaddr*>(&v4);
    size = sizeof(v4);
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    to = reinterpret_cast<const sockaddr*>(&v6);
    size = sizeof(v6);
  }
  if (to == nullptr) return fail(ErrorCode::kRefused, address + " is not an IP address");
  if (::connect(socket.get(), to, size) != 0) {
    return failed_to(fmt::format("no server at {} port {}", address, port));
  }
  return {};
}

}  // namespace

Result<ServerAnswer> ask_server(const settings::Settings::Run& run, std::string_view path,
                                std::chrono::milliseconds patience) {
  if (run.port == 0) {
    return fail(ErrorCode::kRefused, "RUN__PORT is 0: the port that the server took is not known");
  }
  const std::string address = address_to_ask(run.host);
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed_to("no socket");
  if (auto connected = connect_to(socket, address, run.port, patience); !connected) {
    return tl::unexpected(connected.error());
  }
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return failed_to("cannot ask");
  }
  std::string answer;
  char piece[4096];
  while (answer.size() < kAnswerMax) {
    const ssize_t count = ::recv(socket.get(), piece, sizeof(piece), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed_to("no answer");
    if (count == 0) break;
    answer.append(piece, static_cast<std::size_t>(count));
  }
  constexpr std::string_view kStart = "HTTP/1.1 ";
  if (!answer.starts_with(kStart))
    return fail(ErrorCode::kUnavailable, "what answers is not an HTTP server");
  ServerAnswer got;
  got.status = std::atoi(answer.c_str() + kStart.size());
  const auto body = answer.find("\r\n\r\n");
  if (body != std::string::npos) got.body = answer.substr(body + 4);
  return got;
}

}  // namespace rs::commands
