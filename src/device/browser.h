#pragma once
// The browser (Matomo's Parser/Client/Browser.php): what the user agent says and what client hints
// say, brought together; both lie, in different ways.

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/detection.h"
#include "device/subject.h"
#include "device/tables.h"

namespace rs::device {

// Type kNone when there is none.
[[nodiscard]] ClientFound find_browser(const Detectors& known, const ClientHints& hints,
                                       Subject& subject, Arena& arena);

// Whether this browser exists on phones and tablets only.
[[nodiscard]] bool is_mobile_only(const Detectors& known, const ClientFound& client);

}  // namespace rs::device
