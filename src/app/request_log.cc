#include "app/request_log.h"

#include <utility>

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

}  // namespace rs::app
