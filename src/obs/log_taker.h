#pragma once
// Where log records go beside standard output, for a destination that needs more than a line of
// text.

#include "obs/log.h"

namespace rs::obs {

struct LogRecord;

// take() runs on the thread that logs, with the log's lock held: it must not wait and must not log.
class LogTaker {
 public:
  virtual ~LogTaker() = default;
  virtual void take(const LogRecord& record) = 0;  // Copies what it keeps.
};

// From now on `taker` gets every record, and standard output those of `printed` and above. Null:
// standard output gets all again, and the former taker is not called once this has returned.
void log_through(LogTaker* taker, Level printed = Level::kDebug);

// `count` records that a taker had no room for, or that nobody took from it: they count as dropped.
void log_dropped(std::uint64_t count);

}  // namespace rs::obs
