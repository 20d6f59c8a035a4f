#pragma once
// The program that asks (Matomo's Parser/Client): feed reader, app, player, mail program, browser
// or library, whichever list knows it first.

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/detection.h"
#include "device/subject.h"
#include "device/tables.h"

namespace rs::device {

// Type kNone when no list knows it. `subject` has the original user agent.
[[nodiscard]] ClientFound find_client(const Detectors& known, const ClientHints& hints,
                                      Subject& subject, Arena& arena);

}  // namespace rs::device
