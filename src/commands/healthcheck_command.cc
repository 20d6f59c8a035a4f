// real-streaming healthcheck: asks the server on this machine, as the settings name it. For
// containers, whose images have no curl.

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/result.h"
#include "commands/command_line.h"

namespace rs::commands {
namespace {

constexpr timeval kPatience{.tv_sec = 3, .tv_usec = 0};  // For the connection, and for each read.
constexpr std::size_t kAnswerMax = 64 * 1024;            // Bytes; the answers have a few hundred.

tl::unexpected<Error> failed_to(std::string_view what) {
  return fail(ErrorCode::kUnavailable,
              fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

// Where a server that listens on `host` is met from the same machine.
std::string address_to_ask(const std::string& host) {
  if (host == "0.0.0.0" || host == "localhost") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

Result<void> connect_to(const Descriptor& socket, const std::string& address, std::uint16_t port) {
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
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
  if (to == nullptr) return fail(ErrorCode::kRefused, address + " is no IP address");
  if (::connect(socket.get(), to, size) != 0) {
    return failed_to(fmt::format("no server at {} port {}", address, port));
  }
  return {};
}

// Status and body of GET `path`, as they came: "200 OK\r\n...".
Result<std::string> ask(const std::string& host, std::uint16_t port, std::string_view path) {
  const std::string address = address_to_ask(host);
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed_to("no socket");
  if (auto connected = connect_to(socket, address, port); !connected) {
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
  if (!answer.starts_with(kStart)) return fail(ErrorCode::kUnavailable, "no HTTP server answers");
  return answer.substr(kStart.size());
}

int check(CommandLine& line, const settings::Settings& settings, bool ready) {
  if (settings.run.port == 0) {
    fmt::print(line.error, "RUN__PORT is 0: nobody knows which port the server took\n");
    return kFailed;
  }
  const auto answer = ask(settings.run.host, settings.run.port, ready ? "/readyz" : "/healthz");
  if (!answer) {
    fmt::print(line.error, "{}\n", answer.error().message);
    return kFailed;
  }
  const auto body = answer->find("\r\n\r\n");
  fmt::print(line.out, "{}\n", body == std::string::npos ? *answer : answer->substr(body + 4));
  return answer->starts_with("200 ") ? kFine : kFailed;
}

}  // namespace

void add_healthcheck(const Command& root, CommandLine& line) {
  const Command command = root.add("healthcheck", "Ask the server on this machine how it is");
  command.footer(
      "Asks the address and port of the settings for /healthz, and prints the answer. 0 means "
      "that\n"
      "the server answers with 200, 1 that it does not, within 3 seconds.\n"
      "\n"
      "Examples:\n"
      "  real-streaming healthcheck\n"
      "  RUN__PORT=9000 real-streaming healthcheck --ready");
  auto ready = std::make_shared<bool>(false);
  command.flag("--ready", *ready, "Ask /readyz: whether the destination takes rows");
  command.runs([&line, ready] {
    return with_settings(line, [&](const settings::Reading& reading) {
      return check(line, reading.settings, *ready);
    });
  });
}

}  // namespace rs::commands
