#pragma once
// Looks at a spool without changing anything, also while a server uses it: for people. What the
// disk refuses to read is damage here at once.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spool/disk.h"
#include "spool/position.h"

namespace rs::spool {

struct Inspection {
  struct Damage {
    std::string file;
    std::uint64_t begin = 0, end = 0;
    std::string kind;  // damaged (also: cut off), unreadable (by the disk), missing (the file).
  };
  std::uint64_t segments = 0, bytes = 0;  // Files, and what they take on the disk.
  Position position;                      // Everything before it is delivered.
  Position end;                           // Rows were kept up to here, or further.
  std::vector<std::string> unknown;       // Files of a format this program does not know.
  std::uint64_t kept_aside = 0;           // Files in the folder `damaged`.

  // With `read_rows` only; without, 0.
  std::uint64_t rows = 0, row_bytes = 0;  // Not delivered yet.
  std::uint64_t torn_bytes = 0;           // Half written at the end; a start cuts them off.
  std::vector<Damage> damages;
};

// `progress` is called with bytes read and bytes to read. A file that goes while it is read was
// delivered meanwhile. No folder: nothing is in it.
[[nodiscard]] Result<Inspection> inspect(
    Disk& disk, const std::filesystem::path& folder, bool read_rows,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& progress = {});

}  // namespace rs::spool
