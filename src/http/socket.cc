#include "http/socket.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace rs::http {
namespace {

// A connection more waits in the kernel than this only while we are busy; it caps us to
// net.core.somaxconn.
constexpr int kBacklog = 4096;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

void set_option(const Descriptor& socket, int level, int option, int value) {
  // None of the options set here can fail on a stream socket of ours.
  setsockopt(socket.get(), level, option, &value, sizeof value);
}

tl::unexpected<Error> fail_with_errno(const std::string& what) {
  return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<Descriptor> bind_to(const addrinfo& address, bool shared, const std::string& name) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return fail_with_errno("socket");
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (shared) set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.ai_family == AF_INET6) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
    return fail_with_errno("cannot listen on " + name);
  }
  return socket;
}

void set_port(addrinfo& address, std::uint16_t port) {
  if (address.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address.ai_addr)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address.ai_addr)->sin_port = htons(port);
  }
}

}  // namespace

Result<std::vector<Descriptor>> listen_on(const std::string& host, std::uint16_t port,
                                          unsigned count) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("cannot listen on '{}': {}", host, gai_strerror(error)));
  }
  const Addresses addresses(found, &freeaddrinfo);
  addrinfo& address = *addresses;
  const std::string name = fmt::format("{} port {}", host, port);
  set_port(address, port);
  {
    // Bound alone for a moment, this one notices a sharer that the others would join.
    RS_TRY(const Descriptor probe, bind_to(address, false, name));
  }
  std::vector<Descriptor> sockets;
  while (sockets.size() < count) {
    RS_TRY(Descriptor socket, bind_to(address, true, name));
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    if (::listen(socket.get(), kBacklog) != 0) return fail_with_errno("listen");
    set_port(address, port_of(socket));
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::size_t format_address(const sockaddr_storage& address, std::array<char, 46>& out) {
  const void* bytes = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  int family = AF_INET;
  if (address.ss_family == AF_INET6) {
    const in6_addr& six = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
    family = IN6_IS_ADDR_V4MAPPED(&six) ? AF_INET : AF_INET6;
    bytes = family == AF_INET ? static_cast<const void*>(&six.s6_addr[12]) : &six;
  }
  if (inet_ntop(family, bytes, out.data(), static_cast<socklen_t>(out.size())) == nullptr) return 0;
  return std::strlen(out.data());
}

}  // namespace rs::http
