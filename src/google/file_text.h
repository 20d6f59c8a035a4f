#pragma once
// A small file, whole: keys and tokens.

#include <string>

#include "base/result.h"

namespace rs::google {

// At most 1 MB. An Error names the file and the system's reason, and is not retryable; kNotFound
// when there is no such file.
[[nodiscard]] Result<std::string> file_text(const std::string& path);

}  // namespace rs::google
