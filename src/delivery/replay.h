#pragma once
// Writes dead letters again: takes each file that was set aside, hands its rows to Delivery, waits
// until every one is delivered or back in the dead letters, and only then removes the file. A crash
// in between means that rows are written twice, never that one is lost.
// One replay at a time; run() belongs to one thread and waits, so it is no request thread's.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <vector>

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
  std::size_t damaged = 0;   // Lines that are not dead letters, kept in the subfolder `damaged`.
};

class Replay final : public Mailbox {
 public:
  Replay(DeadLetters& letters, Delivery& delivery) : letters_(letters), delivery_(delivery) {}

  // Replays what is set aside. Stops early, leaving the current file for the next time, when
  // Delivery is stopping. A file whose rows are decided and that cannot be removed is only removed
  // the next time. `progress` is called after each row and each change, from this thread.
  [[nodiscard]] Result<ReplayProgress> run(
      const std::function<void(const ReplayProgress&)>& progress = {});

  void post(std::span<const Settlement> settlements) override;

 private:
  // Rows of `file` to their end. False when Delivery is stopping.
  bool write(const std::filesystem::path& file, std::vector<DamagedLine>& damaged,
             const std::function<void()>& report);
  // What is not a row goes back where it came from. False when Delivery is stopping.
  bool keep(const KeptLetter& letter);
  // False when Delivery is stopping.
  bool hand_over(std::string_view encoded);

  DeadLetters& letters_;
  Delivery& delivery_;
  // Files whose rows are decided, and their damaged lines, until they are removed.
  std::map<std::filesystem::path, std::vector<DamagedLine>> decided_;
  mutable Mutex mutex_;
  CondVar changed_;
  ReplayProgress progress_ GUARDED_BY(mutex_);
  std::size_t open_ GUARDED_BY(mutex_) = 0;  // Rows handed over whose fate is not known.
  bool refused_ GUARDED_BY(mutex_) = false;  // Delivery stopped before one of them was written.
};

}  // namespace rs::delivery
