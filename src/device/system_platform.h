#pragma once
// The kind of processor (Matomo's OperatingSystem.php, parsePlatform): by the hint, else by words.

#include <string_view>

#include "device/client_hints.h"
#include "device/subject.h"

namespace rs::device {

// "ARM", "x64" and so on; "" when it is not known.
[[nodiscard]] std::string_view find_platform(const ClientHints& hints, Subject& subject);

}  // namespace rs::device
