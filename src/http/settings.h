#pragma once
// How the server listens and what it puts up with. Plain values; copied when the server starts.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rs::http {

// Measured in ticks: a connection is closed at the first tick after its time is over.
struct Timeouts {
  std::chrono::milliseconds head{10'000};     // First byte of a request to its empty line.
  std::chrono::milliseconds body{30'000};     // Empty line to the last byte of the body.
  std::chrono::milliseconds idle{620'000};    // Nothing of a next request has come.
  std::chrono::milliseconds write{30'000};    // The client takes less than write_bytes_min.
  std::chrono::milliseconds promise{30'000};  // A handler's promise is not settled.
  std::chrono::milliseconds linger{5'000};    // Reading on after the last answer.
  std::chrono::milliseconds tick{1'000};
};

struct ServerSettings {
  std::string host = "0.0.0.0";  // IPv4 or IPv6 address; "::" takes both.
  std::uint16_t port = 8000;     // 0: the system chooses, see Server::port().
  unsigned threads = 0;          // 0: one for each processor.
  std::size_t connections_max = 20'000;
  std::size_t head_bytes_max = 64 * 1024;    // At most kHeadBytesMost.
  std::size_t body_bytes_max = 1024 * 1024;  // As sent and as decoded.
  // Bytes that each byte of a coded body may decode to, see decoded_bytes_max().
  std::size_t decode_ratio = 100;
  // Of all request threads: see unfinished.h. Passed by what one turn of each receives, and by the
  // body that each decodes.
  std::size_t unfinished_bytes_max = std::size_t{64} << 20;
  std::size_t linger_bytes_max = std::size_t{8} << 20;  // Read and dropped after the last answer.
  std::size_t write_bytes_min = 32 * 1024;              // Of an answer, in each time for writing.
  Timeouts timeouts;
};

// A small body may decode to this much whatever it was compressed from: a list of equal items
// compresses better than any ratio that is worth having.
inline constexpr std::size_t kDecodedBytesAllowed = 32 * 1024;

// What a coded body of `size` bytes may decode to.
[[nodiscard]] inline std::size_t decoded_bytes_max(const ServerSettings& settings,
                                                   std::size_t size) {
  const std::size_t by_ratio = std::max(kDecodedBytesAllowed, size * settings.decode_ratio);
  return std::min(settings.body_bytes_max, by_ratio);
}

}  // namespace rs::http
