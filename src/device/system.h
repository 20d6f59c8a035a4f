#pragma once
// The operating system (Matomo's Parser/OperatingSystem.php): from the restored user agent, from
// client hints, and from both together.

#include <string_view>

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/detection.h"
#include "device/subject.h"
#include "device/tables.h"

namespace rs::device {

// False when neither knows one; `found` is as it was then.
[[nodiscard]] bool find_system(const Detectors& known, const ClientHints& hints, Subject& subject,
                               Arena& arena, SystemFound& found);

}  // namespace rs::device
