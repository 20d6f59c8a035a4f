#pragma once
// From what the client said and what the server saw to the row that is stored.
//   Payload + Facts --run--> Row --row::Encoder--> bytes
// A pure function of the two: clock and ids are in the Facts. The steps are in enrich.cc, in order,
// each in a file of its own which says what it chose.
// Not thread-safe: one per request thread, for its memory and for the hosts it has seen. Warm, it
// does not allocate.

#include <string>
#include <vector>

#include "base/arena.h"
#include "enrich/device.h"
#include "enrich/event_time.h"
#include "enrich/traffic_source.h"
#include "event/facts.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

struct Settings {
  // As CORS allows them. Referrers on their registrable domains are internal.
  std::vector<std::string> allowed_origins;
  DeviceSettings device = {};
};

class Enricher {
 public:
  explicit Enricher(const Settings& settings)
      : traffic_sources_(settings.allowed_origins), device_(settings.device) {}

  // Valid until the next run(), and as long as the payload and the facts it was made from.
  const row::Row& run(const event::Payload& payload, const event::Facts& facts);

  // Whose clock the last run() took.
  [[nodiscard]] TimeSource time_source() const { return time_source_; }
  // How the last run() found its device.
  [[nodiscard]] DeviceLookup device_lookup() const { return device_.lookup(); }

 private:
  TrafficSources traffic_sources_;
  DeviceStep device_;
  Arena arena_;  // Text that had to be decoded, repaired or lower-cased.
  row::Row row_;
  TimeSource time_source_ = TimeSource::kServer;
};

}  // namespace rs::enrich
