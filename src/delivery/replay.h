#pragma once
// Writes dead letters again: takes each file that was set aside, hands its rows to Delivery, waits
// until every one is delivered or back in the dead letters, and only then removes the file. A crash
// in between means that rows are written twice, never that one is lost.
// One replay at a time; run() belongs to one thread and waits, so it is no request thread's.

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>

#include "base/mailbox.h"
#include "base/mutex.h"
#include "base/result.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"

namespace rs::delivery {

struct ReplayProgress {
  std::size_t taken = 0;  // Rows read from the files.
  std::size_t delivered = 0;
  std::size_t rejected = 0;  // Back in the dead letters.
};

class Replay final : public Mailbox {
 public:
  Replay(DeadLetters& letters, Delivery& delivery) : letters_(letters), delivery_(delivery) {}

  // Replays what is set aside. Stops early, leaving the current file for the next time, when
  // Delivery is stopping. `progress` is called after each row and each change, from this thread.
  [[nodiscard]] Result<ReplayProgress> run(
      const std::function<void(const ReplayProgress&)>& progress = {});

  void post(std::span<const Settlement> settlements) override;

 private:
  // What is no row goes back where it came from.
  [[nodiscard]] Result<void> keep(const KeptLetter& letter);
  // False when Delivery is stopping.
  bool hand_over(std::string_view encoded);

  DeadLetters& letters_;
  Delivery& delivery_;
  mutable Mutex mutex_;
  CondVar changed_;
  ReplayProgress progress_ GUARDED_BY(mutex_);
  std::size_t open_ GUARDED_BY(mutex_) = 0;  // Rows handed over whose fate is not known.
  bool refused_ GUARDED_BY(mutex_) = false;  // Delivery stopped before one of them was written.
};

}  // namespace rs::delivery
