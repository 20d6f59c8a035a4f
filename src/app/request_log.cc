#include "app/request_log.h"

#include <utility>

#include <fmt/format.h>

#include "obs/log.h"

namespace rs::app {

void RequestLog::note(const http::Request& request, const http::Response& response,
                      std::int64_t now_micros) {
  const std::int64_t second = now_micros / 1'000'000;
  if (second != second_) lines_ = 0;
  second_ = second;
  if (lines_ == kLinesPerSecond) {
    ++unlogged_;
    return;
  }
  ++lines_;
  obs::log_request(obs::Level::kWarning, RS_LOG_SOURCE,
                   {.method = request.method_text,
                    .path = request.path,
                    .trace = request.header(http::Known::kXCloudTraceContext),
                    .status = response.status,
                    .unlogged = std::exchange(unlogged_, 0)});
}

void RequestLog::note_settled(const http::Response& response, std::int64_t now_micros) {
  ++settled_;
  const std::int64_t second = now_micros / 1'000'000;
  if (second == settled_second_) return;
  settled_second_ = second;
  const std::uint64_t count = std::exchange(settled_, 0);
  RS_LOG(kWarning, "{} answered {} after waiting for what WRITERS__ACK promises",
         count == 1 ? "1 request was" : fmt::format("{} requests were", count), response.status);
}

}  // namespace rs::app
