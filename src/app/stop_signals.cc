#include "app/stop_signals.h"

#include <pthread.h>
#include <time.h>

namespace rs::app {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

std::string_view StopSignals::wait() {
  int signal = 0;
  while (sigwait(&set_, &signal) != 0) {
  }
  return taken(signal);
}

std::optional<std::string_view> StopSignals::wait_for(std::chrono::milliseconds time) {
  const timespec limit{time.count() / 1000, time.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set_, nullptr, &limit);
  if (signal <= 0) return std::nullopt;
  return taken(signal);
}

std::string_view StopSignals::taken(int signal) {
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

}  // namespace rs::app
