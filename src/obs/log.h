#pragma once
// One line per thing that happened, on standard output. Two shapes (contract section 8):
// readable columns for people (QA), one JSON object a line in Cloud Logging's structured
// format for production.
//
//   RS_LOG(kInfo, "Batch of {} rows written", rows);
//
// WARN: nothing was lost. ERROR: rows were lost, or a person must act. Never a payload, a
// cookie or a secret at INFO or above. Whoever returns an error does not log it as well.
// Thread-safe. Before log_to() nothing is printed. Logging never waits: a thread of its own writes
// the lines, in order (obs/log_writer.h). When nobody reads them, 1 MiB is held, and what does not
// fit is lost and counted. log_flush() before the process ends, or the last lines are lost.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace rs::obs {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kReadable, kStructured };

struct LogSource {
  const char* file;  // As __FILE__ has it; what lies before the last "src/" is not shown.
  const char* function;
  int line;
};

// Call once at start, before other threads run. Lines go past the buffer of `out`, to a duplicate
// of its descriptor. `trace_project` is the Google Cloud
// project whose traces requests belong to; when empty, no line names a trace.
void log_to(std::FILE* out, LogFormat format, Level least, std::string trace_project = {});

[[nodiscard]] bool log_enabled(Level level);

// `message` is cut so that a line, with all that is escaped in it, fits a pipe's atomic write
// (PIPE_BUF, 4,096 bytes): at 3,000 bytes as they are printed.
void log_line(Level level, const LogSource& source, std::string_view message);

// An answered request, with its trace, in the fields Cloud Logging knows (httpRequest,
// logging.googleapis.com/trace). `trace` is the header X-Cloud-Trace-Context, or empty.
struct RequestLine {
  std::string_view method, path, trace;
  int status;
  std::uint64_t unlogged = 0;  // Requests that got no line since the last one that did.
};
void log_request(Level level, const LogSource& source, const RequestLine& request);

// Waits until the lines logged so far are written, until `until` at most. Whether they are.
bool log_flush(std::chrono::steady_clock::time_point until);

// Lines that are not written yet. Async-signal-safe.
[[nodiscard]] std::uint64_t log_lines_waiting();

// Lines that nobody could read, since log_to().
[[nodiscard]] std::uint64_t log_lines_dropped();

}  // namespace rs::obs

#define RS_LOG_SOURCE            \
  ::rs::obs::LogSource {         \
    __FILE__, __func__, __LINE__ \
  }
#define RS_LOG(level, ...)                                                                     \
  do {                                                                                         \
    if (::rs::obs::log_enabled(::rs::obs::Level::level)) {                                     \
      ::rs::obs::log_line(::rs::obs::Level::level, RS_LOG_SOURCE, ::fmt::format(__VA_ARGS__)); \
    }                                                                                          \
  } while (false)
