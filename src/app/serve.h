#pragma once
// The server, from the first listening socket to the last row written.

#include "settings/settings.h"

namespace rs::app {

// Builds everything in order, serves until SIGTERM or SIGINT, stops in reverse. Returns the exit
// code.
[[nodiscard]] int serve(const settings::Settings& settings);

}  // namespace rs::app
