#pragma once
// For tests: plain HTTP to the program on this machine. Each request has a connection of its own.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rs::process {

// A port that nothing listens on now.
[[nodiscard]] std::uint16_t free_port();

struct Answer {
  int status = 0;  // 0 when there was none in time: nobody listens, or the connection broke.
  std::string body;
};

[[nodiscard]] Answer get(std::uint16_t port, std::string_view path);
[[nodiscard]] Answer post(std::uint16_t port, std::string_view path, std::string_view body);

// Asks for `path` until the answer has `status`, for `time` at most. The last answer.
[[nodiscard]] Answer wait_for_status(std::uint16_t port, std::string_view path, int status,
                                     std::chrono::seconds time = std::chrono::seconds(60));

}  // namespace rs::process
