#include "enrich/event_time.h"

#include <chrono>

namespace rs::enrich {
namespace {

bool is_plausible(std::int64_t micros, std::int64_t now) {
  return micros >= now - kMicrosBehindMax && micros <= now + kMicrosAheadMax;
}

TimeSource source_of(const event::Payload& payload, std::int64_t now) {
  if (payload.timestamp_unread) return TimeSource::kUnread;
  if (!payload.timestamp_micros) return TimeSource::kServer;
  return is_plausible(*payload.timestamp_micros, now) ? TimeSource::kClient
                                                      : TimeSource::kImplausible;
}

// YYYYMMDD
std::string_view format_day(std::int32_t day, Arena& arena) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  unsigned digits = static_cast<unsigned>(static_cast<int>(date.year())) * 10'000 +
                    static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day());
  constexpr std::size_t kSize = 8;
  char* const out = arena.allocate(kSize);
  for (std::size_t i = kSize; i-- > 0; digits /= 10) out[i] = static_cast<char>('0' + digits % 10);
  return {out, kSize};
}

}  // namespace

TimeSource add_event_time(const event::Payload& payload, const event::Facts& facts, Arena& arena,
                          row::Row& row) {
  const std::int64_t now = facts.now_micros;
  const TimeSource source = source_of(payload, now);
  const std::int64_t micros = source == TimeSource::kClient ? *payload.timestamp_micros : now;
  const auto day = static_cast<std::int32_t>(micros / kMicrosPerDay);
  row.event_timestamp = micros;
  row.event_date = format_day(day, arena);
  row.date = day;
  row.synced_at_utc_ = now;
  row.synced_at_micros_ = now;
  row.event_server_timestamp_offset = now - micros;
  return source;
}

}  // namespace rs::enrich
