#pragma once
// Brand, model and type of the device (Matomo's Parser/Device and VendorFragment.php): eight
// parsers in turn, each behind a gate; the first that answers, even with nothing, ends the chain.

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/detection.h"
#include "device/subject.h"
#include "device/tables.h"

namespace rs::device {

// `restored` may be the same subject as `original`.
[[nodiscard]] DeviceFound find_device(const Detectors& known, const ClientHints& hints,
                                      Subject& original, Subject& restored, Arena& arena);

}  // namespace rs::device
