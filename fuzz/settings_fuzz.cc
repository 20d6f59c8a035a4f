// An env file from outside: reading it must not break, and whatever it sets is either taken or
// reported as a mistake.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "commands/check_config.h"
#include "settings/env_file.h"
#include "settings/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  rs::settings::Sources sources{{}, {}, "/nonexistent"};
  for (const auto& entry : rs::settings::parse_env_text(text).entries) {
    if (entry.name.empty() || entry.line == 0) __builtin_trap();
    sources.environment.push_back(entry.name + "=" + entry.value);
  }
  const auto reading = rs::settings::read_settings(sources);
  if (reading.mistakes.empty() && reading.settings.run.threads == 0) __builtin_trap();
  if (rs::commands::values_json(reading).empty()) __builtin_trap();
  return 0;
}
