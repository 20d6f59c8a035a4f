#include "app/log_target.h"

#include <chrono>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "app/version.h"
#include "google/credentials.h"
#include "logging/cloud_log.h"
#include "obs/log_taker.h"

namespace rs::app {
namespace {

// With RUN__SHUTDOWN_SECONDS (8) still inside the 10 seconds that platforms give.
constexpr std::chrono::milliseconds kLastWords{1'500};

// Threads begun meanwhile, and theirs, leave SIGTERM to the one that waits for it (serve.cc).
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

}  // namespace

Result<std::unique_ptr<LogTargetInUse>> LogTargetInUse::open(const Settings& settings) {
  std::unique_ptr<logging::CloudLog> cloud;
  if (settings.logging.target == LogTarget::kCloud) {
    const SignalsBlocked blocked;
    RS_TRY(auto tokens, google::find_credentials());
    logging::CloudLogSettings log;
    log.project = settings.writers.project_id;
    log.labels = {{"host", host_name()}, {"version", version()}};
    cloud = std::make_unique<logging::CloudLog>(std::move(log), tokens);
    obs::log_through(cloud.get(), obs::Level::kWarning);
  }
  return std::unique_ptr<LogTargetInUse>(new LogTargetInUse(std::move(cloud)));
}

LogTargetInUse::LogTargetInUse(std::unique_ptr<logging::CloudLog> cloud)
    : cloud_(std::move(cloud)) {}

LogTargetInUse::~LogTargetInUse() {
  if (cloud_ == nullptr) return;
  obs::log_through(nullptr);
  cloud_->stop(std::chrono::steady_clock::now() + kLastWords);
}

}  // namespace rs::app
