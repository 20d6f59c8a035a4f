#include "obs/log_writer.h"

#include <atomic>
#include <cerrno>
#include <deque>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/mutex.h"
#include "base/signals_blocked.h"

namespace rs::obs {
namespace {

std::atomic<std::uint64_t> waiting_lines{0};

// All of `line`, however long its reader takes. False when the descriptor takes no more.
bool write_whole(const Descriptor& out, std::string_view& line) {
  while (!line.empty()) {
    const ssize_t written = ::write(out.get(), line.data(), line.size());
    if (written >= 0) {
      line.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // Another process has made it non-blocking.
      pollfd wanted{out.get(), POLLOUT, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct LogWriter::State {
  State(int descriptor, LostLine line, std::size_t held_bytes)
      : out(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)),
        lost_line(std::move(line)),
        bytes_max(held_bytes) {}

  void run();
  void write(std::string line);
  void push(std::string line) REQUIRES(mutex) {
    bytes += line.size();
    lines.push_back(std::move(line));
    ++waiting_lines;
  }
  void lose(std::uint64_t count) REQUIRES(mutex) {
    lost += count;
    unsaid += count;
  }

  const Descriptor out;
  const LostLine lost_line;
  const std::size_t bytes_max;

  Mutex mutex;
  CondVar changed;
  std::deque<std::string> lines GUARDED_BY(mutex);
  std::size_t bytes GUARDED_BY(mutex) = 0;  // Of `lines`.
  bool writing GUARDED_BY(mutex) = false;
  bool full GUARDED_BY(mutex) = false;  // A line was lost, and the queue has not been empty since.
  bool closed GUARDED_BY(mutex) = false;
  std::uint64_t lost GUARDED_BY(mutex) = 0, unsaid GUARDED_BY(mutex) = 0;

  bool is_torn = false;  // The thread's own: half a line was the last that could be written.
};

void LogWriter::State::run() {
  for (;;) {
    std::string line;
    {
      const MutexLock lock(mutex);
      writing = false;
      if (lines.empty()) changed.notify_all();
      while (lines.empty() && !closed) changed.wait(mutex);
      if (closed) return;
      line = std::move(lines.front());
      lines.pop_front();
      bytes -= line.size();
      writing = true;
    }
    write(std::move(line));
  }
}

void LogWriter::State::write(std::string line) {
  if (is_torn) line.insert(0, 1, '\n');
  std::string_view rest = line;
  const bool written = write_whole(out, rest);
  is_torn = !written && (is_torn || rest.size() < line.size());
  const MutexLock lock(mutex);
  --waiting_lines;
  if (!written) lose(1);
  if (!lines.empty()) return;
  full = false;
  // Not after a line that could not be written: this one could not either.
  if (unsaid == 0 || !written) return;
  push(lost_line(std::exchange(unsaid, 0)));
}

LogWriter::LogWriter(int descriptor, LostLine lost_line, std::size_t held_bytes)
    : state_(std::make_shared<State>(descriptor, std::move(lost_line), held_bytes)) {
  const SignalsBlocked blocked;
  std::thread([state = state_] { state->run(); }).detach();
}

LogWriter::~LogWriter() {
  {
    const MutexLock lock(state_->mutex);
    state_->closed = true;
    waiting_lines -= state_->lines.size();
    state_->lines.clear();
  }
  state_->changed.notify_all();
}

void LogWriter::add(std::string line) {
  State& state = *state_;
  const MutexLock lock(state.mutex);
  state.full = state.full || state.bytes + line.size() > state.bytes_max;
  if (state.full) return state.lose(1);
  state.push(std::move(line));
  if (!state.writing) state.changed.notify_all();
}

bool LogWriter::flush(std::chrono::steady_clock::time_point until) {
  State& state = *state_;
  const MutexLock lock(state.mutex);
  while (!state.lines.empty() || state.writing) {
    if (state.changed.wait_until(state.mutex, until) == std::cv_status::timeout) break;
  }
  return state.lines.empty() && !state.writing;
}

std::uint64_t LogWriter::waiting() {
  return waiting_lines;
}

std::uint64_t LogWriter::lost() const {
  const MutexLock lock(state_->mutex);
  return state_->lost;
}

}  // namespace rs::obs
