#include "settings/cores.h"

#include <algorithm>
#include <fstream>

#include <sched.h>

namespace rs::settings {
namespace {

constexpr std::size_t kMost = 256;

std::size_t affinity_cores() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return 1;  // Over 1,024 cores.
  return static_cast<std::size_t>(CPU_COUNT(&mask));
}

// Inside a container its own limits are at the root of /sys/fs/cgroup. "max 100000" is no limit,
// and does not read as a number.
std::size_t container_cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::size_t quota = 0, period = 0;
  if (!(file >> quota >> period) || quota == 0 || period == 0) return kMost;
  return (quota + period - 1) / period;
}

}  // namespace

std::size_t available_cores() {
  return std::clamp<std::size_t>(std::min(affinity_cores(), container_cores()), 1, kMost);
}

}  // namespace rs::settings
