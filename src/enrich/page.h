#pragma once
// The page an event happened on, as its parameters tell: several steps ask for it.

#include <string_view>

#include "base/arena.h"
#include "enrich/url.h"
#include "event/payload.h"

namespace rs::enrich {

struct Page {
  Url location;               // Of page_location; empty when the event does not say.
  Url referrer;               // Of page_referrer; empty with ignore_referrer "true".
  std::string_view hostname;  // Of page_location, else page_hostname or Payload::hostname.
                              // Lower-case.
};

[[nodiscard]] Page find_page(const event::Payload& payload, Arena& arena);

// `text` without ASCII capitals: itself when it has none, else a copy in the arena.
[[nodiscard]] std::string_view lower_case(std::string_view text, Arena& arena);

}  // namespace rs::enrich
