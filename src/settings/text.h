#pragma once
// The table of settings as documents: generated, committed, and held true by a test.

#include <string>

namespace rs::settings {

// .env.example: every setting with its help and default, commented out.
[[nodiscard]] std::string env_example();

// docs/settings.md: the same as Markdown tables.
[[nodiscard]] std::string settings_markdown();

}  // namespace rs::settings
