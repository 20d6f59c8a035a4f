#pragma once
// Logs the requests that were refused (status 400 and above) at WARN: method, path, status, trace.
// Answered ones are counted, not logged: at 100,000 a second their lines would cost more than
// they do. For the same reason refused ones get kLinesPerSecond lines a second, and the next line
// says how many got none. The query, the body, the address and the browser are personal: never
// logged. For one request thread.

#include <cstdint>

#include "http/message.h"

namespace rs::app {

class RequestLog {
 public:
  static constexpr unsigned kLinesPerSecond = 5;

  // `response` is what `request` is answered with; `now_micros` as World has it.
  void note(const http::Request& request, const http::Response& response, std::int64_t now_micros);

  // The same for an answer that has waited for what WRITERS__ACK promises: its request is gone, so
  // a line says how many of a second got which status.
  void note_settled(const http::Response& response, std::int64_t now_micros);

 private:
  std::int64_t second_ = 0;  // The one `lines_` counts for.
  unsigned lines_ = 0;
  std::uint64_t unlogged_ = 0;
  std::int64_t settled_second_ = 0;  // Of the last line about answers that have waited.
  std::uint64_t settled_ = 0;        // Since then.
};

}  // namespace rs::app
