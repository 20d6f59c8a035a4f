#include "delivery/replay.h"

#include <chrono>
#include <utility>

#include "obs/log.h"

namespace rs::delivery {
namespace {

// Between attempts to write to a disk that fails.
constexpr std::chrono::milliseconds kDiskPause{200};

}  // namespace

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

bool Replay::keep(const KeptLetter& letter) {
  const DeadLetter again{.encoded = {},
                         .reason = letter.reason,
                         .attempts = static_cast<unsigned>(letter.attempts),
                         .message = letter.message};
  for (bool said = false;;) {
    // The file that it comes from takes as much room, and goes.
    const auto kept =
        letters_.append(letter.sink, std::span(&again, 1), DeadLetters::Bound::kIgnored);
    MutexLock lock(mutex_);
    if (kept) {
      ++progress_.rejected;
      return true;
    }
    if (!std::exchange(said, true)) {
      RS_LOG(kError, "The replay of dead letters waits for the disk: {}", kept.error().message);
    }
    if (delivery_.is_stopping()) return false;
    changed_.wait_for(mutex_, kDiskPause);
  }
}

bool Replay::write(const std::filesystem::path& file, std::vector<DamagedLine>& damaged,
                   const std::function<void()>& report) {
  bool stopped = false;
  const auto letter = [&](const KeptLetter& kept) {
    if (stopped) return;
    {
      MutexLock lock(mutex_);
      ++progress_.taken;
    }
    stopped = !(kept.message.empty() ? hand_over(kept.encoded) : keep(kept));
    report();
  };
  letters_.read_set_aside(file, {.letter = letter, .damaged = [&](const DamagedLine& line) {
                                   damaged.push_back(line);
                                 }});
  MutexLock lock(mutex_);
  while (open_ > 0) changed_.wait(mutex_);
  return !stopped && !refused_;
}

Result<ReplayProgress> Replay::run(const std::function<void(const ReplayProgress&)>& progress) {
  {
    MutexLock lock(mutex_);
    progress_ = {};
  }
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
    auto decided = decided_.find(file);
    if (decided == decided_.end()) {
      std::vector<DamagedLine> damaged;
      if (!write(file, damaged, report)) {
        return fail(ErrorCode::kUnavailable,
                    "stopped before all dead letters were written again; "
                    "the rest is replayed at the next start");
      }
      for (const auto& line : damaged) RS_LOG(kError, "Skipped in a replay: {}", line.text());
      MutexLock lock(mutex_);
      progress_.damaged += damaged.size();
      decided = decided_.emplace(file, std::move(damaged)).first;
    }
    if (auto done = letters_.replayed(file, decided->second); !done) {
      return tl::unexpected(done.error());
    }
    decided_.erase(decided);
  }
  return report();
}

}  // namespace rs::delivery
