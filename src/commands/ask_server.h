#pragma once
// A question to the server on this machine, at the address and port of the settings.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "settings/settings.h"

namespace rs::commands {

struct ServerAnswer {
  int status = 0;
  std::string body;
};

// GET `path`. Waits `patience` for the connection, and as long for each piece of the answer.
[[nodiscard]] Result<ServerAnswer> ask_server(const settings::Settings::Run& run,
                                              std::string_view path,
                                              std::chrono::milliseconds patience);

}  // namespace rs::commands
