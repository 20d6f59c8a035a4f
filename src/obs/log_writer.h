#pragma once
// Lines on their way to a descriptor that somebody else reads: a pipe, a terminal, a file.
//
//   threads --add()--> [ bounded queue ] --one thread--> write(2)
//
// add() never waits, whoever reads and however slowly: only the thread here does. Without room a
// line is lost and counted, and so are those after it until the reader has taken all that is held;
// then one line says how many were lost. Order is kept; each line is one write(2), so that lines of
// up to PIPE_BUF bytes stay whole in a pipe that other processes write to as well. Thread-safe.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace rs::obs {

class LogWriter {
 public:
  using LostLine = std::function<std::string(std::uint64_t)>;
  static constexpr std::size_t kHeldBytes = 1024 * 1024;

  // Writes to a duplicate of `descriptor`. `lost_line` makes the line that says how many were lost;
  // it is called with a lock held, must not log, and may be called as long as the thread lives.
  LogWriter(int descriptor, LostLine lost_line, std::size_t held_bytes = kHeldBytes);
  // Does not wait: what is not written yet is lost, and the thread ends when its write(2) does.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void add(std::string line);

  // Waits until everything is written, until `until` at most. Whether it is.
  bool flush(std::chrono::steady_clock::time_point until);

  [[nodiscard]] std::uint64_t lost() const;

  // Lines of all objects that are not written yet. Async-signal-safe.
  [[nodiscard]] static std::uint64_t waiting();

 private:
  struct State;
  // The thread's too, which may be in a write(2) that does not end.
  const std::shared_ptr<State> state_;
};

}  // namespace rs::obs
