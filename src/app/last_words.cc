#include "app/last_words.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "obs/log.h"

namespace rs::app {
namespace {

constexpr std::array kFatal = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr std::chrono::milliseconds kLastLines{200};
// Given back before the log and the stop need memory.
constexpr std::size_t kReserve = 1024 * 1024;

std::atomic<StopSignals*> stop_signals{nullptr};
std::atomic<bool> spoken{false};
std::atomic<char*> reserve{nullptr};
std::thread::id main_thread;
std::terminate_handler former_handler = nullptr;
std::array<struct sigaction, kFatal.size()> former_actions{};

std::string what_ended() {
  const auto exception = std::current_exception();
  if (!exception) return "std::terminate was called";
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return fmt::format("an exception was not caught: {}", known.what());
  } catch (...) {
    return "an exception of an unknown kind was not caught";
  }
}

[[noreturn]] void wait_for_the_end() {
  for (;;) ::pause();
}

[[noreturn]] void on_terminate() {
  delete[] reserve.exchange(nullptr);
  spoken = true;
  StopSignals* const stop = stop_signals;
  try {
    const auto what = what_ended();
    RS_LOG(kError, "{}", what);
    if (stop != nullptr && std::this_thread::get_id() != main_thread) {
      stop->request(what);
      wait_for_the_end();
    }
  } catch (...) {  // Not even for that is there memory.
  }
  obs::log_flush(std::chrono::steady_clock::now() + kLastLines);
  std::abort();
}

// Async-signal-safe.
void on_fatal_signal(int signal, siginfo_t* info, void* /*context*/) {
  constexpr timespec kNap{0, 5'000'000};
  for (int i = 0; i < 40 && obs::log_lines_waiting() > 0; ++i) ::nanosleep(&kNap, nullptr);
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    if (kFatal[i] == signal) ::sigaction(signal, &former_actions[i], nullptr);
  }
  // A fault happens again when this returns; what was sent must be sent again.
  if (info->si_code <= 0) ::raise(signal);
}

}  // namespace

LastWords::LastWords(StopSignals& stop) {
  main_thread = std::this_thread::get_id();
  reserve = new char[kReserve];
  spoken = false;
  stop_signals = &stop;
  former_handler = std::set_terminate(on_terminate);
  struct sigaction action {};
  action.sa_sigaction = on_fatal_signal;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    ::sigaction(kFatal[i], &action, &former_actions[i]);
  }
}

LastWords::~LastWords() {
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    ::sigaction(kFatal[i], &former_actions[i], nullptr);
  }
  std::set_terminate(former_handler);
  stop_signals = nullptr;
  delete[] reserve.exchange(nullptr);
}

bool LastWords::were_spoken() {
  return spoken;
}

}  // namespace rs::app
