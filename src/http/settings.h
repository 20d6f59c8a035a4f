#pragma once
// How the server listens and what it puts up with. Plain values; copied when the server starts.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rs::http {

// Measured in ticks: a connection is closed at the first tick after its time is over.
struct Timeouts {
  std::chrono::milliseconds head{10'000};     // First byte of a request to its empty line.
  std::chrono::milliseconds body{30'000};     // Empty line to the last byte of the body.
  std::chrono::milliseconds idle{75'000};     // Nothing of a next request has come.
  std::chrono::milliseconds write{30'000};    // The client takes no byte of its answer.
  std::chrono::milliseconds promise{30'000};  // A handler's promise is not settled.
  std::chrono::milliseconds linger{5'000};    // Reading on after the last answer.
  std::chrono::milliseconds tick{1'000};
};

struct ServerSettings {
  std::string host = "0.0.0.0";  // IPv4 or IPv6 address; "::" takes both.
  std::uint16_t port = 8000;     // 0: the system chooses, see Server::port().
  unsigned threads = 0;          // 0: one for each processor.
  std::size_t connections_max = 20'000;
  std::size_t body_bytes_max = 1024 * 1024;             // As sent and as decoded.
  std::size_t linger_bytes_max = std::size_t{8} << 20;  // Read and dropped after the last answer.
  Timeouts timeouts;
};

}  // namespace rs::http
