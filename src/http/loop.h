#pragma once
// One request thread: a listening socket, an epoll set, and all that happens to the connections
// it accepts, which live and die here. Other threads touch it by post(), stop() and stats() only.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/mailbox.h"
#include "base/mutex.h"
#include "coding/asset_cache.h"
#include "http/message.h"
#include "http/settings.h"
#include "http/socket.h"
#include "http/stats.h"
#include "http/unfinished.h"

namespace rs::http {

// What the loops of one server have in common.
struct SharedState {
  explicit SharedState(const ServerSettings& settings)
      : unfinished(settings.unfinished_bytes_max) {}
  coding::AssetCache assets;
  UnfinishedTotal unfinished;
  std::atomic<std::size_t> connections_open{0};
};

class Loop final : public Mailbox {
 public:
  // `settings` and `shared` outlive it.
  Loop(const ServerSettings& settings, SharedState& shared, Descriptor listener);
  ~Loop() override;

  // Fails when the process may open no more files.
  [[nodiscard]] bool is_usable() const { return epoll_.is_open() && wakeup_.is_open(); }

  // Serves until stop() and the last connection, or the time given there.
  void run(Handler& handler);

  // Thread-safe. `at_latest` is monotonic microseconds.
  void stop(std::int64_t at_latest);

  // Thread-safe, also after run() has returned: nobody waits then.
  void post(std::span<const Settlement> settlements) override;

  [[nodiscard]] const ThreadStats& stats() const { return stats_; }

 private:
  class Run;  // The state of run(), on the thread that runs it.

  void wake();
  void take_settlements(std::vector<Settlement>& out);

  const ServerSettings& settings_;
  SharedState& shared_;
  Descriptor listener_, epoll_, wakeup_;
  const unsigned thread_;  // Of shared_.unfinished.
  ThreadStats stats_;
  std::atomic<std::int64_t> stop_at_{0};  // 0: not asked to stop.
  Mutex mutex_;
  std::vector<Settlement> settlements_ GUARDED_BY(mutex_);
};

}  // namespace rs::http
