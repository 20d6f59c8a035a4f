#pragma once
// Days and moments as they are written in JSON texts.

#include <cstdint>
#include <optional>
#include <string_view>

namespace rs::event {

// Days since 1970-01-01 of "2026-01-15", years 0001 to 9999; nothing for another text or a day that
// no month has.
[[nodiscard]] std::optional<std::int64_t> read_date(std::string_view text);

// Microseconds since 1970 UTC of "2026-01-15T10:30:45.123456Z" (RFC 3339): a blank may stand for
// the T, the fraction may be missing or have up to six digits, and an offset such as +02:00 may
// stand for the Z.
[[nodiscard]] std::optional<std::int64_t> read_timestamp(std::string_view text);

// The same for texts that clients send, by the forms of ISO 8601 that programs write:
//   2026-11-30T14:00:00.123456789+02:00   digits beyond microseconds do not count
//   2026-11-30 14:00:00 UTC               also GMT; offsets +0200 and +02; t, z; a comma for the
//   point 2026-11-30T14:00    2026-11-30        minutes; a day is its midnight; without a zone it
//   is UTC 20261130T140000Z                      without separators
// Nothing for all others.
[[nodiscard]] std::optional<std::int64_t> read_moment(std::string_view text);

}  // namespace rs::event
