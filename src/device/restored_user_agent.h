#pragma once
// The user agent as it would be if the browser did not hide the model (Matomo's AbstractParser.php,
// restoreUserAgentFromClientHints): what the hints say is written back to where it once stood.
// The system and the device are looked for in it; client, vendor fragments and rules see the
// original.

#include <string_view>

#include "base/arena.h"
#include "device/client_hints.h"
#include "device/subject.h"

namespace rs::device {

// Whether a user agent is so reduced that only hints can name the device: a frozen Android, or a
// desktop.
[[nodiscard]] bool is_reduced_android(Subject& subject);
[[nodiscard]] bool is_desktop_fragment(Subject& subject);

// Points `restored` at the restored text (at most kTextMax bytes of it, in `arena`), and returns
// it; or returns `original` when there is nothing to restore.
[[nodiscard]] Subject& restore_user_agent(const ClientHints& hints, Subject& original,
                                          Subject& restored, Arena& arena);

}  // namespace rs::device
