#pragma once
// What the collectors count beside delivery's accounting. One block for each request thread, which
// alone writes it; read from any.

#include <cstdint>

#include "collect/ga4_stats.h"
#include "obs/counter.h"

namespace rs::collect {

struct alignas(64) CollectorStats {
  obs::Counter unknown_keys;                      // Top-level keys of events that were ignored.
  obs::Counter kept_numbers;                      // See event::Payload.
  obs::Counter times_unread, times_implausible;   // Client times replaced by the server's.
  obs::Counter new_visitors;                      // Events taken without a cookie.
  obs::Counter devices_cached, devices_detected;  // Answers remembered, answers worked out.
  Ga4Stats ga4;
};

struct CollectorTotals {
  std::uint64_t unknown_keys = 0, kept_numbers = 0, new_visitors = 0;
  std::uint64_t times_unread = 0, times_implausible = 0;
  std::uint64_t devices_cached = 0, devices_detected = 0;
  Ga4Totals ga4;

  void add(const CollectorStats& thread) {
    unknown_keys += thread.unknown_keys.value();
    kept_numbers += thread.kept_numbers.value();
    times_unread += thread.times_unread.value();
    times_implausible += thread.times_implausible.value();
    new_visitors += thread.new_visitors.value();
    devices_cached += thread.devices_cached.value();
    devices_detected += thread.devices_detected.value();
    ga4.add(thread.ga4);
  }
};

}  // namespace rs::collect
