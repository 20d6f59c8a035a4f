#pragma once
// A log record that outlives the call that made it, and its form in the Cloud Logging API
// (google/logging/v2/log_entry.proto).

#include <cstdint>
#include <string>

#include "obs/log_format.h"

namespace google::logging::v2 {  // NOLINT(readability-identifier-naming): Google's.
class LogEntry;
}

namespace rs::logging {

struct KeptRecord {
  explicit KeptRecord(const obs::LogRecord& record);
  // What it takes in memory, about.
  [[nodiscard]] std::size_t bytes() const;

  obs::Level level;
  std::int64_t unix_micros;
  std::string message, file, function;
  int line;
  // Of an answered request; `method` is empty for other records.
  std::string method, path, trace;
  std::uint64_t span = 0;
  bool sampled = false;
  int status = 0;
};

// Fills `entry`. Records of one id are one entry, however often they are written. `project` is the
// one whose traces requests belong to.
void fill_entry(const KeptRecord& record, const std::string& insert_id, const std::string& project,
                ::google::logging::v2::LogEntry& entry);

}  // namespace rs::logging
