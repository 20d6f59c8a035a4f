#include "obs/log.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.h"
#include "obs/log_format.h"
#include "obs/log_taker.h"
#include "obs/log_writer.h"

namespace rs::obs {
namespace {

constexpr int kNothing = static_cast<int>(Level::kError) + 1;
// For what the last destination has not been given yet when there is a new one.
constexpr std::chrono::seconds kLastLines{1};

struct Destination {
  Mutex mutex;  // Keeps the order. Held over nothing that waits.
  std::shared_ptr<LogWriter> writer GUARDED_BY(mutex);
  LogTaker* taker GUARDED_BY(mutex) = nullptr;
  Level printed GUARDED_BY(mutex) = Level::kDebug;  // With a taker, the least that is a line too.

  // Constant once log_to() has returned.
  LogFormat format = LogFormat::kReadable;
  std::string trace_project;

  std::atomic<int> least{kNothing};
  std::atomic<std::uint64_t> dropped{0};  // By takers, and for want of memory.
};

// Never destroyed: threads may log while the process ends.
Destination& destination() {
  static auto* const instance = new Destination;
  return *instance;
}

std::shared_ptr<LogWriter> writer() {
  Destination& to = destination();
  const MutexLock lock(to.mutex);
  return to.writer;
}

std::string line_of(const LogRecord& record) {
  const Destination& to = destination();
  return to.format == LogFormat::kReadable ? format_readable(record)
                                           : format_structured(record, to.trace_project);
}

void print(const LogRecord& record) {
  Destination& to = destination();
  try {
    std::string line = line_of(record);
    const MutexLock lock(to.mutex);
    if (to.taker != nullptr) {
      to.taker->take(record);
      if (record.level < to.printed) return;
    }
    to.writer->add(std::move(line));
  } catch (const std::bad_alloc&) {  // A line must not end what it reports about.
    log_dropped(1);
  }
}

std::int64_t now_micros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::string lost_line(std::uint64_t count) {
  const auto message = fmt::format("{} log lines are lost here: they could not be written", count);
  return line_of({Level::kWarning, RS_LOG_SOURCE, now_micros(), message});
}

}  // namespace

void log_to(std::FILE* out, LogFormat format, Level least, std::string trace_project) {
  std::fflush(out);
  if (const auto before = writer()) before->flush(std::chrono::steady_clock::now() + kLastLines);
  Destination& to = destination();
  const MutexLock lock(to.mutex);
  to.format = format;
  to.trace_project = std::move(trace_project);
  to.dropped.store(0);
  to.writer = std::make_shared<LogWriter>(fileno(out), lost_line);
  to.least.store(static_cast<int>(least));
}

void log_through(LogTaker* taker, Level printed) {
  Destination& to = destination();
  const MutexLock lock(to.mutex);
  to.taker = taker;
  to.printed = printed;
}

void log_dropped(std::uint64_t count) {
  destination().dropped.fetch_add(count, std::memory_order_relaxed);
}

bool log_enabled(Level level) {
  return static_cast<int>(level) >= destination().least.load(std::memory_order_relaxed);
}

void log_line(Level level, const LogSource& source, std::string_view message) {
  if (log_enabled(level)) print({level, source, now_micros(), message});
}

void log_request(Level level, const LogSource& source, const RequestLine& request) {
  if (log_enabled(level)) print({level, source, now_micros(), {}, &request});
}

bool log_flush(std::chrono::steady_clock::time_point until) {
  const auto writing = writer();
  return !writing || writing->flush(until);
}

std::uint64_t log_lines_waiting() {
  return LogWriter::waiting();
}

std::uint64_t log_lines_dropped() {
  const auto writing = writer();
  return destination().dropped.load(std::memory_order_relaxed) + (writing ? writing->lost() : 0);
}

}  // namespace rs::obs
