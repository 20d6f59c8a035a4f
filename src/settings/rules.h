#pragma once
// What must hold between settings, and what this version cannot do yet.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/settings.h"

namespace rs::settings {

struct BrokenRule {
  std::string_view setting;  // The one to change.
  std::string problem;       // Goes on after its name.
};

// The rules that `settings` break. A rule is asked only when `is_sound` says so of every setting it
// looks at, so that one mistake is not reported twice.
[[nodiscard]] std::vector<BrokenRule> broken_rules(
    const Settings& settings, const std::function<bool(std::string_view name)>& is_sound);

}  // namespace rs::settings
