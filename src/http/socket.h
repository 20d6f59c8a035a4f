#pragma once
// The few socket calls that are more than one line.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/descriptor.h"
#include "base/result.h"

namespace rs::http {

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
