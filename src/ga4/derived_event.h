#pragma once
// The rows that GA4 makes besides: first_visit and session_start, from the marks _fv and _ss of the
// hit that begins the visitor or the session. Each is a copy of that event under another name, with
// its time, device, sources and parameters; without items and money, and without what would count
// twice in a sum (entrances, engagement_time_msec). firebase_conversion stands only where the mark
// is 2: then the derived event itself is a key event.
// event_id is made from visitor, session and name, so that a repeated hit makes recognisable
// copies. There are none when analytics_storage is denied: each denied page carries both marks.
// Sources: ga4.md sections 3.2, 10.10, 10.11, 10.13; sessions.md sections 6 and 7.

#include <array>
#include <cstddef>

#include "base/arena.h"
#include "event/payload.h"
#include "ga4/gtag_fields.h"

namespace rs::ga4 {

inline constexpr std::size_t kDerivedMax = 2;

// Fills `out` from its start with the rows to store before `trigger`, in order; returns how many.
// They live as long as the trigger's views and the arena.
[[nodiscard]] std::size_t derive_events(const GtagFields& hit, const event::Payload& trigger,
                                        Arena& arena, std::array<event::Payload, kDerivedMax>& out);

}  // namespace rs::ga4
