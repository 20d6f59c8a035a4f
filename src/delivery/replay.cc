#include "delivery/replay.h"

#include <chrono>
#include <system_error>

namespace rs::delivery {

void Replay::post(std::span<const Settlement> settlements) {
  {
    MutexLock lock(mutex_);
    for (const auto& settlement : settlements) {
      --open_;
      switch (settlement.outcome) {
        case Outcome::kKept:
          ++progress_.delivered;
          break;
        case Outcome::kRejected:
          ++progress_.rejected;
          break;
        case Outcome::kRefused:
          refused_ = true;
          break;
      }
    }
  }
  changed_.notify_all();
}

bool Replay::hand_over(std::string_view encoded) {
  for (;;) {
    {
      MutexLock lock(mutex_);
      // Room comes with one of our own rows, or with somebody else's, which nobody tells us.
      while (delivery_.full()) changed_.wait_for(mutex_, std::chrono::milliseconds(20));
      ++open_;
    }
    const auto accepted = delivery_.hold(row::one_row(encoded), {this, 0});
    if (accepted == Accepted::kHeld) return true;
    MutexLock lock(mutex_);
    --open_;
    if (accepted == Accepted::kStopping) return false;
  }
}

Result<void> Replay::keep(const KeptLetter& letter) {
  const DeadLetter again{.encoded = {},
                         .reason = letter.reason,
                         .attempts = static_cast<unsigned>(letter.attempts),
                         .message = letter.message};
  if (auto kept = letters_.append(letter.sink, std::span(&again, 1)); !kept) return kept;
  MutexLock lock(mutex_);
  ++progress_.rejected;
  return {};
}

Result<ReplayProgress> Replay::run(const std::function<void(const ReplayProgress&)>& progress) {
  const auto report = [&] {
    ReplayProgress now;
    {
      MutexLock lock(mutex_);
      now = progress_;
    }
    if (progress) progress(now);
    return now;
  };
  for (const auto& file : letters_.set_aside_files()) {
    bool stopped = false;
    Result<void> kept;
    const auto read = DeadLetters::read_file(file, [&](const KeptLetter& letter) {
      if (stopped || !kept) return;
      {
        MutexLock lock(mutex_);
        ++progress_.taken;
      }
      if (letter.message.empty()) {
        stopped = !hand_over(letter.encoded);
      } else {
        kept = keep(letter);
      }
      report();
    });
    {
      MutexLock lock(mutex_);
      while (open_ > 0) changed_.wait(mutex_);
      stopped = stopped || refused_;
    }
    if (!kept) return tl::unexpected(kept.error());
    if (!read) {
      // Kept for a person to look at, and not tried again: the rows before the bad line are
      // written.
      std::error_code ignored;
      std::filesystem::rename(file, file.string() + ".unreadable", ignored);
      return tl::unexpected(read.error());
    }
    if (stopped) {
      return fail(ErrorCode::kUnavailable,
                  "stopped before all dead letters were written again; "
                  "the rest is replayed at the next start");
    }
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
  return report();
}

}  // namespace rs::delivery
