#pragma once
// How many cores this process may keep busy.

#include <cstddef>

namespace rs::settings {

// The affinity mask, and the CPU limit of the container if that is less (cgroup v2 cpu.max, rounded
// up). At least 1, at most 256.
[[nodiscard]] std::size_t available_cores();

}  // namespace rs::settings
