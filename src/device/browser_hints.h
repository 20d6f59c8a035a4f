#pragma once
// The browser that client hints name: the brands of Sec-CH-UA(-Full-Version-List).

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/detection.h"
#include "device/tables.h"

namespace rs::device {

// Sets name, short name, version, engine and its version; false when no brand is a known browser.
[[nodiscard]] bool browser_from_hints(const Detectors& known, const ClientHints& hints,
                                      Arena& arena, ClientFound& browser);

}  // namespace rs::device
