#pragma once
// When it happened: event_timestamp, and the UTC day of it as event_date and date.
// The client's timestamp_micros counts when it is plausible; otherwise the server's clock does:
// - at most one hour ahead of the server: clocks differ, events do not come from the future;
// - at most 3,600 days behind, because BigQuery takes no row for a partition more than 10 years
//   back (storage write API), and a timestamp in seconds or milliseconds is caught by it as well.

#include <cstdint>

#include "base/arena.h"
#include "event/facts.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

inline constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
inline constexpr std::int64_t kMicrosAheadMax = 3'600'000'000;
inline constexpr std::int64_t kMicrosBehindMax = 3'600 * kMicrosPerDay;

// Whose clock the row has.
enum class TimeSource : std::uint8_t {
  kServer,       // The client sent none.
  kClient,       // The client's.
  kUnread,       // The server's, because what the client sent is not a time.
  kImplausible,  // The server's, because the client's is not plausible.
};

TimeSource add_event_time(const event::Payload& payload, const event::Facts& facts, Arena& arena,
                          row::Row& row);

}  // namespace rs::enrich
