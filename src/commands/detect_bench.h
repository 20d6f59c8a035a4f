#pragma once
// How long detection takes, over user agents of the caller's.

#include <cstdio>
#include <string>
#include <vector>

#include "base/result.h"
#include "device/detector.h"

namespace rs::commands {

// Asks each of `lines` (JSON Lines, as `detect` reads them) several times, on one thread, without
// and with the cache, and prints the median, the 95th percentile and the mean of each one's best
// time.
[[nodiscard]] Result<void> bench_detection(const device::DeviceData& data,
                                           const std::vector<std::string>& lines, std::FILE* out);

}  // namespace rs::commands
