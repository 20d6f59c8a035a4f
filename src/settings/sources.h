#pragma once
// The names and values that stand in the environment and in the env file, before anybody asks what
// they mean: each with where it stands, most important first.

#include <string>
#include <string_view>
#include <vector>

#include "settings/reader.h"

namespace rs::settings {

struct Given {
  std::string written;   // The name as it stands there.
  std::string name;      // In capitals, without the prefix.
  bool prefixed;         // It had the prefix APP_CONFIG__.
  bool in_file;          // Not in the environment.
  std::string value;     // Without blanks around it.
  std::string where;     // "environment", ".env:3".
  bool wants_expansion;  // See EnvEntry.
};

struct AllGiven {
  std::vector<Given> entries;  // Order of precedence. Empty values are left out only by the reader.
  std::vector<Mistake> mistakes;  // Files and lines that cannot be read.
};

[[nodiscard]] AllGiven collect_given(const Sources& sources);

}  // namespace rs::settings
