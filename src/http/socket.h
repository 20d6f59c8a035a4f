#pragma once
// The few socket calls that are more than one line, and a file descriptor that closes itself.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "base/result.h"

namespace rs::http {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset();
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// `count` listening sockets on one address, among which the kernel spreads new connections
// (SO_REUSEPORT). Fails when another socket has the port, even one that would share it: two
// servers on one port are a mistake. Connections inherit TCP_NODELAY.
[[nodiscard]] Result<std::vector<Descriptor>> listen_on(const std::string& host, std::uint16_t port,
                                                        unsigned count);

// The port a socket is bound to.
[[nodiscard]] std::uint16_t port_of(const Descriptor& socket);

// The address as text without the port, IPv4 ones in their own form whatever they came through.
// Returns its length.
std::size_t format_address(const sockaddr_storage& address, std::array<char, 46>& out);

}  // namespace rs::http
