#include "app/shutdown_guard.h"

#include <exception>
#include <future>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "obs/log.h"

namespace rs::app {
namespace {

using std::chrono::milliseconds;

// Kept back behind the last dead letter: for the sync of their file.
constexpr milliseconds kSyncing{150};
// For the last lines of the log. A platform's SIGKILL is not that close.
constexpr milliseconds kLastLines{200};
// For a lock that a thread has not given back which will never go on.
constexpr milliseconds kCounting{100};

// Nothing when it cannot be known in time.
std::optional<std::uint64_t> lost_rows(const delivery::Delivery& delivery) {
  const auto counted = std::make_shared<std::promise<std::uint64_t>>();
  auto rows = counted->get_future();
  try {
    std::thread([&delivery, counted] { counted->set_value(delivery.unkept_rows()); }).detach();
  } catch (const std::exception&) {  // No memory for a thread.
    return std::nullopt;
  }
  if (rows.wait_for(kCounting) != std::future_status::ready) return std::nullopt;
  return rows.get();
}

}  // namespace

ShutdownGuard::ShutdownGuard(delivery::Delivery& delivery, Time deadline, Time limit)
    : delivery_(&delivery),
      keeper_([&delivery, deadline, limit] { delivery.keep_in_time(deadline, limit - kSyncing); }),
      watcher_([this, limit] { watch(limit); }) {}

void ShutdownGuard::delivery_has_ended() {
  keeper_.join();
  MutexLock lock(mutex_);
  delivery_ = nullptr;
}

ShutdownGuard::~ShutdownGuard() {
  if (keeper_.joinable()) keeper_.join();
  {
    MutexLock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

void ShutdownGuard::watch(Time limit) {
  delivery::Delivery* delivery = nullptr;
  {
    MutexLock lock(mutex_);
    while (!done_) {
      if (changed_.wait_until(mutex_, limit) == std::cv_status::timeout) break;
    }
    if (done_) return;
    delivery = delivery_;
  }
  const auto lost = delivery == nullptr ? std::optional<std::uint64_t>(0) : lost_rows(*delivery);
  RS_LOG(kError, "The shutdown took longer than RUN__SHUTDOWN_SECONDS and is cut off; {}",
         lost ? fmt::format("{} promised rows are lost: they are neither delivered nor kept", *lost)
              : "promised rows that were held in memory are lost, their number is not known");
  obs::log_flush(std::chrono::steady_clock::now() + kLastLines);
  ::_exit(1);
}

}  // namespace rs::app
