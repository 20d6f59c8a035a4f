#pragma once
// How much memory this process may use.

#include <cstdint>

namespace rs::settings {

// Bytes of the machine's memory, or the container's limit if that is less (cgroup v2 memory.max).
[[nodiscard]] std::uint64_t available_memory();

}  // namespace rs::settings
