#include "spool/folder.h"

#include <cerrno>

#include "spool/file.h"

namespace rs::spool {

Result<void> make_folder(Disk& disk, const std::filesystem::path& folder) {
  const auto parent = folder.parent_path();
  int made = disk.make_folder(folder);
  if (made == -ENOENT && !parent.empty() && parent != folder) {
    if (auto above = make_folder(disk, parent); !above) return above;
    made = disk.make_folder(folder);
  }
  if (made < 0 && made != -EEXIST) return disk_failed("create", folder, made);
  const int synced = disk.sync_folder(parent.empty() ? "." : parent);
  // A parent that this process may not read is not one that it has made.
  if (synced == -EACCES && made == -EEXIST) return {};
  if (synced < 0) return disk_failed("sync the folder of", folder, synced);
  return {};
}

}  // namespace rs::spool
