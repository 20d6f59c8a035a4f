#pragma once
// WRITERS__DATA_DIR, taken by one process at a time: two servers in one folder would write the same
// files. The claim is a lock on a file there and ends with the process, however it ends.

#include <filesystem>

#include "base/result.h"

namespace rs::app {

class DataFolder {
 public:
  // Creates the folder if it is missing (mode 0700). kRefused when another process holds it.
  [[nodiscard]] static Result<DataFolder> claim(const std::filesystem::path& path);

  // Whether some process holds it now. For messages and choices, not for safety: use claim().
  [[nodiscard]] static bool is_claimed(const std::filesystem::path& path);

  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();

 private:
  explicit DataFolder(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;  // Of the lock file; -1 once moved from.
};

}  // namespace rs::app
