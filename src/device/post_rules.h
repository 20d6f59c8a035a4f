#pragma once
// What Matomo concludes once system, client and device are known (DeviceDetector.php, parseDevice):
// twenty-three rules in order, each with the words of the original user agent it looks for.

#include "device/client_hints.h"
#include "device/detection.h"
#include "device/subject.h"
#include "device/tables.h"

namespace rs::device {

// Completes `detection`: the device, and is_mobile, is_desktop, is_touch.
void conclude(const Detectors& known, const ClientHints& hints, Subject& original,
              Detection& detection);

}  // namespace rs::device
