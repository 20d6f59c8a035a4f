#pragma once
// Makes text from outside fit for a row: valid UTF-8, and no longer than it may be.

#include <cstddef>
#include <string_view>

#include "base/arena.h"

namespace rs::enrich {

// How much of each untrusted header reaches a row, in bytes. Longer text is cut between characters.
inline constexpr std::size_t kUserAgentMax = 1024;  // The longest of 39,007 collected ones has 593.
inline constexpr std::size_t kDeviceTextMax = 128;  // Longest model name known: 74 characters.
inline constexpr std::size_t kGeoNameMax = 128;     // Longest place name known: 85 characters.
inline constexpr std::size_t kClientAddressMax = 64;  // IPv6 with a zone takes up to 61.
inline constexpr std::size_t kLanguageTagMax = 35;    // RFC 5646 section 4.4.1.
inline constexpr std::size_t kIdentifierMax = 128;    // The visitor's cookie, contract section 4.

// `text` with each byte that is not part of valid UTF-8 as U+FFFD, cut to `bytes_max`. Returns
// `text` itself, or its start, when it is valid; else a copy in the arena.
[[nodiscard]] std::string_view clean_text(std::string_view text, std::size_t bytes_max,
                                          Arena& arena);

}  // namespace rs::enrich
