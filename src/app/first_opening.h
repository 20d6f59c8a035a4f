#pragma once
// What the first opening of the sink came to: from the delivery thread, which opens it, to the main
// thread, which has to know whether the program has started. A sink that can never work stops the
// program; one that works, or is only down, lets it say that it is ready (service_notice.h).
// Thread-safe. Outlives the Pipeline.

#include <chrono>
#include <optional>
#include <string>

#include "app/stop_signals.h"
#include "base/mutex.h"
#include "base/result.h"
#include "delivery/delivery.h"

namespace rs::app {

class FirstOpening {
 public:
  explicit FirstOpening(StopSignals& stop) : stop_(stop) {}

  // For Delivery::start().
  [[nodiscard]] delivery::Delivery::FirstOpening taker() {
    return [this](const Result<void>& opened) { take(opened); };
  }

  // Waits until the outcome is known, or the program is to stop.
  void wait();

  // From now on `notice` may be sent: once, when the outcome is known and not "never".
  void announce(std::string notice);
  // Sends it now if it was not: a destination that says nothing must not look like a start that
  // hangs.
  void announce_now();

  // Why the sink can never work.
  [[nodiscard]] std::optional<Error> never() const;

 private:
  void take(const Result<void>& opened);
  void send_if_due() REQUIRES(mutex_);

  StopSignals& stop_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool known_ GUARDED_BY(mutex_) = false;
  std::optional<Error> never_ GUARDED_BY(mutex_);
  std::optional<std::string> notice_ GUARDED_BY(mutex_);  // Not sent yet.
};

}  // namespace rs::app
