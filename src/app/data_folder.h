#pragma once
// WRITERS__DATA_DIR, taken by one process at a time: two servers in one folder would write the same
// files. The claim is a lock on a file there and ends with the process, however it ends.

#include <filesystem>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace rs::app {

class DataFolder {
 public:
  // Creates the folder if it is missing (mode 0700). kRefused when another process holds it, or
  // when a folder or a DuckDB file in it is a symbolic link (base/data_file.h says why). Warns when
  // every user of the machine may write to it.
  [[nodiscard]] static Result<DataFolder> claim(const std::filesystem::path& path);

  // Whether some process holds it now. For messages and choices, not for safety: use claim().
  [[nodiscard]] static bool is_claimed(const std::filesystem::path& path);

  DataFolder(DataFolder&&) noexcept = default;
  DataFolder& operator=(DataFolder&&) = delete;

 private:
  explicit DataFolder(Descriptor lock) : lock_(std::move(lock)) {}
  Descriptor lock_;  // The lock file.
};

}  // namespace rs::app
