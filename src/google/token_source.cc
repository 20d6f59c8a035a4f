#include "google/token_source.h"

#include <algorithm>
#include <utility>

#include "obs/log.h"

namespace rs::google {
namespace {
using std::chrono::seconds;

// The metadata server hands the same token out until 4 minutes before its end
// (cloud.google.com/compute/docs/access/authenticate-workloads).
constexpr seconds kAheadLeast{225}, kAheadMost{300};
constexpr seconds kPauseMost{60};
}  // namespace

TokenSource::TokenSource(std::unique_ptr<TokenFetcher> fetcher, std::string quota_project, Now now)
    : fetcher_(std::move(fetcher)),
      quota_project_(std::move(quota_project)),
      now_(std::move(now)) {}

TokenSource::~TokenSource() {
  stop();
  std::thread last;
  {
    MutexLock lock(mutex_);
    last = std::move(thread_);
  }
  if (last.joinable()) last.join();
}

Result<std::string> TokenSource::token(const std::stop_token& stop) {
  // Before the lock: its end waits for a call of it in progress, which takes the lock too.
  const std::stop_callback wake(stop, [this] { wake_waiting(); });
  MutexLock lock(mutex_);
  const auto now = now_();
  if (now >= renew_at_ && !fetching_ && !stop_.stop_requested()) start_renewing();
  if (now < token_.expires) return token_.value;
  while (fetching_ && !stop.stop_requested() && !stop_.stop_requested()) changed_.wait(mutex_);
  if (now_() < token_.expires) return token_.value;
  if (stop.stop_requested() || stop_.stop_requested()) {
    return fail(ErrorCode::kUnavailable, "a token was not waited for: the program stops");
  }
  return tl::unexpected(error_);
}

void TokenSource::stop() {
  stop_.request_stop();
  wake_waiting();
}

void TokenSource::wake_waiting() {
  { const MutexLock lock(mutex_); }  // Whoever has looked at the stop already waits.
  changed_.notify_all();
}

void TokenSource::refused(std::string_view token) {
  MutexLock lock(mutex_);
  if (token_.value != token) return;
  token_ = {};
  if (failures_ == 0) renew_at_ = {};
}

void TokenSource::start_renewing() {
  fetching_ = true;
  // The thread before this one has cleared fetching_ as its last act.
  if (thread_.joinable()) thread_.join();
  thread_ = std::thread([this] { renew(); });
}

void TokenSource::renew() {
  auto fetched = fetcher_->fetch(now_(), stop_.get_token());
  MutexLock lock(mutex_);
  take(std::move(fetched));
  fetching_ = false;
  changed_.notify_all();
}

void TokenSource::take(Result<Token> fetched) {
  const auto now = now_();
  if (fetched && fetched->expires <= now) {
    fetched = fail(ErrorCode::kUnavailable,
                   "the token that was issued has expired already; check this machine's clock");
  }
  if (!fetched) {
    const seconds pause = std::min(kPauseMost, seconds(std::int64_t{1} << std::min(failures_, 6U)));
    ++failures_;
    error_ = std::move(fetched).error();
    renew_at_ = now + pause;
    if (now < token_.expires) {
      RS_LOG(kWarning, "No new token yet, the present one is still good: {}", error_.message);
    }
    return;
  }
  failures_ = 0;
  token_ = *std::move(fetched);
  // Tokens that live shorter than the margin are renewed at half their life.
  const auto life = token_.expires - now;
  std::uniform_int_distribution<std::int64_t> ahead(kAheadLeast.count(), kAheadMost.count());
  renew_at_ =
      token_.expires - std::min<WallClock::duration>(seconds(ahead(random_)), life - life / 2);
}

}  // namespace rs::google
