#pragma once
// The engine of a browser and its version (Matomo's Parser/Client/Browser/Engine.php,
// Engine/Version.php).

#include <string_view>

#include "device/subject.h"
#include "device/tables.h"

namespace rs::device {

// What the list says of this browser and version, else what the user agent names; "" without any.
[[nodiscard]] std::string_view find_engine(const Detectors& known, const Browser& browser,
                                           std::string_view version, Subject& subject);

// "" when the user agent does not tell.
[[nodiscard]] std::string_view find_engine_version(std::string_view engine, Subject& subject);

}  // namespace rs::device
