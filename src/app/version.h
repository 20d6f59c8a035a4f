#pragma once
// What this binary was built from.

#include <string>

namespace rs::app {

// "v0.3.0-4-g1a2b3c4-dirty" as `git describe` says it; "unknown" outside a clone. Found at build
// time: see commit.cmake.
[[nodiscard]] const char* commit();

// "name value" in aligned columns, a line each.
[[nodiscard]] std::string version_text();

}  // namespace rs::app
