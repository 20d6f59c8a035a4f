#pragma once
// The log of a command that runs until it is told to stop: on standard output, in the shape that
// ENVIRONMENT asks for, and at Cloud Logging's API if LOGGING__TARGET says so (at the plaintext
// test server that LOGGING_EMULATOR_HOST names, if it does).

#include <cstdio>
#include <functional>

#include "settings/reader.h"

namespace rs::commands {

// Runs `then` with the log open, after a line for each note on the settings. Returns its exit code,
// or kFailed when there are no credentials for the API. At the end, what the API has not been given
// yet is written, for a second and a half at most. For the main thread, before it begins others.
[[nodiscard]] int with_log(std::FILE* out, const settings::Reading& reading,
                           const std::function<int()>& then);

}  // namespace rs::commands
