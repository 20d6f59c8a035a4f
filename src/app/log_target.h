#pragma once
// What LOGGING__TARGET asks for, for as long as the object lives: nothing, or records to Cloud
// Logging's API. Destroyed, it writes what is held, for a second and a half at most. One at a time;
// for the main thread.

#include <memory>

#include "app/settings.h"
#include "base/result.h"

namespace rs::logging {
class CloudLog;
}

namespace rs::app {

class LogTargetInUse {
 public:
  // An Error says what is wrong with the credentials. obs::log_to() comes before.
  [[nodiscard]] static Result<std::unique_ptr<LogTargetInUse>> open(const Settings& settings);
  ~LogTargetInUse();

 private:
  explicit LogTargetInUse(std::unique_ptr<logging::CloudLog> cloud);
  const std::unique_ptr<logging::CloudLog> cloud_;  // Null: standard output alone.
};

}  // namespace rs::app
