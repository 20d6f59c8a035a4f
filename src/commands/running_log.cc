#include "commands/running_log.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "app/stop_signals.h"
#include "app/version.h"
#include "base/environment.h"
#include "base/signals_blocked.h"
#include "commands/command_line.h"
#include "google/credentials.h"
#include "google/library_log.h"
#include "logging/cloud_log.h"
#include "obs/log_taker.h"

namespace rs::commands {
namespace {

// With RUN__SHUTDOWN_SECONDS (8) still inside the 10 seconds that platforms give.
constexpr std::chrono::milliseconds kLastWords{1'500};
// For what the reader of standard output has not taken yet.
constexpr std::chrono::milliseconds kLastLines{400};

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

Result<std::unique_ptr<logging::CloudLog>> open_cloud_log(const std::string& project) {
  logging::CloudLogSettings log;
  log.project = project;
  log.labels = {{"host", host_name()}, {"version", app::version()}};
  std::shared_ptr<google::TokenSource> tokens;
  if (const auto emulator = environment("LOGGING_EMULATOR_HOST"); !emulator.empty()) {
    log.channel = {.endpoint = emulator, .plaintext = true};
  } else {
    RS_TRY(tokens, google::find_credentials());
  }
  const SignalsBlocked blocked;
  return std::make_unique<logging::CloudLog>(std::move(log), tokens);
}

// The log goes through `cloud` while this lives, however that ends.
class Through {
 public:
  explicit Through(logging::CloudLog& cloud) : cloud_(cloud) {
    obs::log_through(&cloud, obs::Level::kWarning);
  }
  Through(const Through&) = delete;
  Through& operator=(const Through&) = delete;
  ~Through() {
    obs::log_through(nullptr);
    cloud_.stop(std::chrono::steady_clock::now() + kLastWords);
  }

 private:
  logging::CloudLog& cloud_;
};

int run(const settings::Settings& settings, const std::function<int()>& then) {
  if (settings.logging.target == settings::LogTarget::kStdout) return then();
  const auto cloud = open_cloud_log(settings.writers.project_id);
  if (!cloud) {
    RS_LOG(kError, "Not started: {}", cloud.error().message);
    return kFailed;
  }
  const Through through(**cloud);
  return then();
}

}  // namespace

int with_log(std::FILE* out, const settings::Reading& reading, const std::function<int()>& then) {
  const settings::Settings& settings = reading.settings;
  app::ignore_signals_of_writing();
  const bool is_qa = settings.is_qa();
  obs::log_to(out, is_qa ? obs::LogFormat::kReadable : obs::LogFormat::kStructured,
              is_qa ? obs::Level::kDebug : obs::Level::kInfo, settings.writers.project_id);
  for (const auto& note : reading.notes) RS_LOG(kWarning, "{}", note);
  google::take_library_logs();
  const int code = run(settings, then);
  obs::log_flush(std::chrono::steady_clock::now() + kLastLines);
  return code;
}

}  // namespace rs::commands
