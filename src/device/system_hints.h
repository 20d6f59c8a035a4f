#pragma once
// The system that client hints name: Sec-CH-UA-Platform and its version.

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/detection.h"
#include "device/tables.h"

namespace rs::device {

// Sets name, short name and version; false when the hints name none that is known.
[[nodiscard]] bool system_from_hints(const Detectors& known, const ClientHints& hints, Arena& arena,
                                     SystemFound& system);

}  // namespace rs::device
