#pragma once
// The two shapes of a log line, as pure functions: what is said, nothing of where it goes.

#include <cstdint>
#include <string>
#include <string_view>

#include "obs/log.h"

namespace rs::obs {

struct LogRecord {
  Level level;
  LogSource source;
  std::int64_t unix_micros;
  std::string_view message;              // Any bytes; made harmless here.
  const RequestLine* request = nullptr;  // When the line is about a finished request.
};

// What the record says, of a request "POST /path 200"; at most 3,000 bytes of any kind.
[[nodiscard]] std::string message_of(const LogRecord& record);

// "src/app/serve.cc", whatever directory the compiler was called in.
[[nodiscard]] std::string_view path_in_tree(std::string_view file);

// Level, UTC, module, function:line, message and file in aligned columns:
// INFO      2026-01-15 10:30:46.456 - delivery     - write:32               - Done - [src/a/b.cc]
// Always one line of at most 4,096 bytes: control characters are escaped (base/printable_text.h).
[[nodiscard]] std::string format_readable(const LogRecord& record);

// One JSON object with the fields that Cloud Logging lifts out of a structured line
// (cloud.google.com/logging/docs/structured-logging). At most 4,096 bytes. `trace_project` as in
// log_to(); 100 bytes of it.
[[nodiscard]] std::string format_structured(const LogRecord& record,
                                            std::string_view trace_project);

}  // namespace rs::obs
