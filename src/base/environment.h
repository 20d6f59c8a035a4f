#pragma once
// Variables of the process's environment that are no settings of ours but of whoever defined them:
// test servers' addresses, Google's credentials. Read at start; nothing here changes any.

#include <cstdlib>
#include <string>

namespace rs {

// Empty when it is not set.
[[nodiscard]] inline std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody writes it.
  return value == nullptr ? "" : value;
}

}  // namespace rs
