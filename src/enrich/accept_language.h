#pragma once
// The language a browser would like most: Accept-Language (RFC 9110 section 12.5.4).
//   "en-GB,en;q=0.9,de;q=0.8" -> "en-gb"
// The tag with the highest quality, the first of equals, lower-cased whole: GA4 exports "en-us",
// not "en". '*', quality 0, and what is not a tag (RFC 5646: letters and digits in groups of at
// most 8, the first of letters only) are passed over. "en_US" is taken as "en-us". A quality that
// cannot be read makes its tag the least wanted. Never longer than kLanguageTagMax.

#include <string_view>

#include "base/arena.h"

namespace rs::enrich {

// Empty when the header names no language. In the arena, always ASCII.
[[nodiscard]] std::string_view preferred_language(std::string_view header, Arena& arena);

}  // namespace rs::enrich
