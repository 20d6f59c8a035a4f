#pragma once
// A Pub/Sub subscription into the configured destination, until it is told to stop.

#include <cstdio>

#include "settings/settings.h"

namespace rs::app {

// Reads until SIGTERM or SIGINT, then settles what it holds. How far it is: on `progress` if that
// is a terminal, else now and then in the log. Returns the exit code.
[[nodiscard]] int load(const settings::Settings& settings, std::FILE* progress);

}  // namespace rs::app
