#include "app/stop_signals.h"

#include <array>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/signals_blocked.h"
#include "obs/log.h"

namespace rs::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Named {
  int signal;
  const char* name;
};
constexpr std::array<Named, 5> kStop = {{{SIGTERM, "SIGTERM"},
                                         {SIGINT, "SIGINT"},
                                         {SIGQUIT, "SIGQUIT"},
                                         {SIGPWR, "SIGPWR"},
                                         {SIGXCPU, "SIGXCPU"}}};
constexpr std::array<Named, 3> kWithoutEffect = {
    {{SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGALRM, "SIGALRM"}}};

// Signals closer to the first than this are one.
constexpr std::chrono::seconds kSame{1};

template <std::size_t Count>
const char* name_of(int signal, const std::array<Named, Count>& among) {
  for (const auto& each : among) {
    if (each.signal == signal) return each.name;
  }
  return nullptr;
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

StopSignals::StopSignals()
    : terminal_(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  const auto add = [this](int signal) {
    if (!is_ignored(signal)) sigaddset(&set_, signal);
  };
  add(SIGHUP);
  for (const auto& each : kStop) add(each.signal);
  for (const auto& each : kWithoutEffect) add(each.signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  signals_ = Descriptor(::signalfd(-1, &set_, SFD_NONBLOCK | SFD_CLOEXEC));
  wake_ = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { watch(); });
}

StopSignals::~StopSignals() {
  constexpr std::uint64_t kOne = 1;
  (void)!::write(wake_.get(), &kOne, sizeof kOne);
  thread_.join();
}

std::string StopSignals::wait() {
  MutexLock lock(mutex_);
  while (!reason_) changed_.wait(mutex_);
  return *reason_;
}

std::optional<std::string> StopSignals::wait_for(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  MutexLock lock(mutex_);
  while (!reason_ && changed_.wait_until(mutex_, until) != std::cv_status::timeout) {
  }
  return reason_;
}

void StopSignals::request(std::string reason) {
  // The token first: after wait() has returned, the stop has been requested.
  if (!stop_.request_stop()) return;
  {
    MutexLock lock(mutex_);
    reason_ = std::move(reason);
  }
  changed_.notify_all();
}

void StopSignals::watch() {
  std::array<pollfd, 2> wanted = {{{signals_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
  for (;;) {
    ::poll(wanted.data(), wanted.size(), -1);
    if (wanted[1].revents != 0) return;
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      take(static_cast<int>(info.ssi_signo));
    }
  }
}

void StopSignals::take(int signal) {
  if (const char* name = name_of(signal, kWithoutEffect)) {
    RS_LOG(kInfo, "{} has no meaning here and is ignored", name);
    return;
  }
  if (signal == SIGHUP) {
    if (terminal_is_gone()) {
      request("SIGHUP, the terminal was closed");
    } else {
      RS_LOG(kInfo, "SIGHUP: there is nothing to re-read; changed settings need a restart");
    }
    return;
  }
  if (first_at_ != Clock::time_point{}) return take_again(signal);
  first_at_ = Clock::now();
  request(name_of(signal, kStop));
}

void StopSignals::take_again(int signal) {
  if (Clock::now() - first_at_ < kSame || signal == SIGPWR || signal == SIGXCPU) return;
  RS_LOG(kWarning, "{} again: the process ends at once", name_of(signal, kStop));
  obs::log_flush(Clock::now() + std::chrono::milliseconds(100));
  ::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

bool StopSignals::terminal_is_gone() const {
  if (!terminal_.is_open()) return false;
  pollfd wanted{terminal_.get(), 0, 0};
  return ::poll(&wanted, 1, 0) > 0 && (wanted.revents & (POLLHUP | POLLERR)) != 0;
}

void ignore_signals_of_writing() {
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN}) ::signal(signal, SIG_IGN);
}

}  // namespace rs::app
