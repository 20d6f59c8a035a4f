#pragma once
// What this binary was built from.

#include <string>

namespace rs::app {

// "v0.3.0-4-g1a2b3c4-dirty" as `git describe` says it; "unknown" outside a clone. Found at build
// time: see commit.cmake.
[[nodiscard]] const char* commit();

// Of the program, such as "0.1.0".
[[nodiscard]] const char* version();

// "name value" in aligned columns, a line each.
[[nodiscard]] std::string version_text();

}  // namespace rs::app
