#pragma once
// Folders that survive a power cut.

#include <filesystem>

#include "base/result.h"
#include "spool/disk.h"

namespace rs::spool {

// Makes `folder` and those above it that are missing. Their names are durable when this returns,
// also that of a folder that was there: the process that made it may have ended before its sync.
[[nodiscard]] Result<void> make_folder(Disk& disk, const std::filesystem::path& folder);

}  // namespace rs::spool
