#include "settings/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include <unistd.h>

namespace rs::settings {
namespace {

std::uint64_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

// Inside a container its own limits are at the root of /sys/fs/cgroup. "max" is no limit, and does
// not read as a number.
std::uint64_t container_memory() {
  std::ifstream file("/sys/fs/cgroup/memory.max");
  std::uint64_t bytes = 0;
  return file >> bytes && bytes > 0 ? bytes : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::uint64_t available_memory() {
  return std::min(machine_memory(), container_memory());
}

}  // namespace rs::settings
