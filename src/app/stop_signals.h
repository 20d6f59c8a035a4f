#pragma once
// The signals of a program that runs until it is told to stop, heard by a thread of their own from
// the first moment on, whatever the others do.
//
//   SIGTERM, SIGINT, SIGQUIT, SIGPWR, SIGXCPU    stop: finish what is in progress
//   SIGHUP   the terminal of the program is gone: stop. Otherwise: re-read what can be re-read,
//            which is nothing so far
//   SIGUSR1, SIGUSR2, SIGALRM    have no meaning here, and no effect
//   SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN    no effect: the call that meets them fails (or, for a
//            terminal, works) instead
//
// A second SIGTERM, SIGINT or SIGQUIT, a second or more after the first, ends the process at once;
// sooner it is taken for the same one, because a shell and a supervisor often send it both. What
// was ignored when the program began (nohup) stays ignored, SIGTERM excepted.
// Made before any other thread, which inherits that the signals are blocked. Thread-safe.

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <signal.h>

#include "base/descriptor.h"
#include "base/mutex.h"

namespace rs::app {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();  // The signals are blocked from then on.
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Waits until the program is to stop. Why: the signal's name, or the reason of request().
  [[nodiscard]] std::string wait();
  // The same, or nothing when none comes in that time.
  [[nodiscard]] std::optional<std::string> wait_for(std::chrono::milliseconds time);

  // As a signal does. Only the first reason counts.
  void request(std::string reason);

  // Requested when the program is to stop, for what waits elsewhere.
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch();
  void take(int signal);
  void take_again(int signal);
  [[nodiscard]] bool terminal_is_gone() const;

  sigset_t set_{};
  const Descriptor terminal_;  // The controlling one; none for a service.
  Descriptor signals_, wake_;
  std::stop_source stop_;
  Mutex mutex_;
  CondVar changed_;
  std::optional<std::string> reason_ GUARDED_BY(mutex_);
  // The thread's own.
  std::chrono::steady_clock::time_point first_at_{};
  std::thread thread_;
};

// Of SIGPIPE and its like: for every command that writes what must not be cut off.
void ignore_signals_of_writing();

}  // namespace rs::app
