#pragma once
// The one table of settings. It is what read_settings(), check-config, .env.example and
// docs/settings.md are made from: a new setting is one entry here and one field in settings.h.

#include <span>
#include <string_view>
#include <vector>

#include "settings/setting.h"

namespace rs::settings {

inline constexpr std::string_view kPrefix = "APP_CONFIG__";

struct SettingGroup {
  std::string_view title;
  std::string_view note;  // Whole sentences; may be empty.
  std::vector<Setting> settings;
};

// In the order in which they are shown.
[[nodiscard]] std::span<const SettingGroup> settings_table();

}  // namespace rs::settings
