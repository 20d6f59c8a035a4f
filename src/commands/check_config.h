#pragma once
// What check-config prints: every value in effect and where it comes from, or every mistake.

#include <string>

#include "settings/reader.h"

namespace rs::commands {

// Three aligned columns: name, value, source.
[[nodiscard]] std::string values_table(const settings::Reading& reading);

// {"ok":true,"settings":[{"name":..,"value":..,"source":..,"given":..}],"mistakes":[..],"notes":[..]}
// Values are text, as one would write them in a setting.
[[nodiscard]] std::string values_json(const settings::Reading& reading);

}  // namespace rs::commands
