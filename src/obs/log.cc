#include "obs/log.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "base/mutex.h"
#include "obs/log_format.h"
#include "obs/log_taker.h"

namespace rs::obs {
namespace {

constexpr int kPatience = 100;  // Milliseconds that a reader who has stopped is waited for.
constexpr int kNothing = static_cast<int>(Level::kError) + 1;

struct Destination {
  Mutex mutex;  // Keeps lines whole.
  int descriptor GUARDED_BY(mutex) = -1;
  bool stuck GUARDED_BY(mutex) = false;  // The last line found nobody reading.
  LogTaker* taker GUARDED_BY(mutex) = nullptr;
  Level printed GUARDED_BY(mutex) = Level::kDebug;  // With a taker, the least that is a line too.

  // Constant once log_to() has returned.
  LogFormat format = LogFormat::kReadable;
  std::string trace_project;

  std::atomic<int> least{kNothing};
  std::atomic<std::uint64_t> dropped{0};
};

Destination& destination() {
  static Destination instance;
  return instance;
}

// A pipe reported writable takes at least PIPE_BUF bytes without waiting (pipe(7)).
bool is_writable(int descriptor, bool stuck) {
  pollfd wanted{descriptor, POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&wanted, 1, stuck ? 0 : kPatience);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && (wanted.revents & POLLOUT) != 0;
}

bool write_whole(int descriptor, std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(descriptor, line.data(), line.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void print(const LogRecord& record) {
  Destination& to = destination();
  const std::string line = to.format == LogFormat::kReadable
                               ? format_readable(record)
                               : format_structured(record, to.trace_project);
  const MutexLock lock(to.mutex);
  if (to.taker != nullptr) {
    to.taker->take(record);
    if (record.level < to.printed) return;
  }
  to.stuck = !is_writable(to.descriptor, to.stuck) || !write_whole(to.descriptor, line);
  if (to.stuck) to.dropped.fetch_add(1, std::memory_order_relaxed);
}

std::int64_t now_micros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

void log_to(std::FILE* out, LogFormat format, Level least, std::string trace_project) {
  std::fflush(out);
  Destination& to = destination();
  const MutexLock lock(to.mutex);
  to.descriptor = fileno(out);
  to.stuck = false;
  to.format = format;
  to.trace_project = std::move(trace_project);
  to.dropped.store(0);
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

std::uint64_t log_lines_dropped() {
  return destination().dropped.load(std::memory_order_relaxed);
}

}  // namespace rs::obs
