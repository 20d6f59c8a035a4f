#pragma once
// The end of a process that nobody has asked for: an exception that no thread catches (memory that
// is refused, for one), a failed assertion of a library, a fault of memory.
//
// An exception is logged, and the program stops in order, with exit code 1: the thread that threw
// it waits for the end, and the other threads finish what is in progress. What that thread leaves
// undone is ended by the ShutdownGuard, rows kept first. On the main thread there is nothing to
// finish it: the process ends at once. Fatal signals wait for the last lines of the log, for
// 200 ms at most, and then do what they would have done.
// One object at a time; made by the main thread, before it begins others.

#include "app/stop_signals.h"

namespace rs::app {

class LastWords {
 public:
  explicit LastWords(StopSignals& stop);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  // Whether an exception has ended a thread.
  [[nodiscard]] static bool were_spoken();
};

}  // namespace rs::app
