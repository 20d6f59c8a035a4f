#pragma once
// GA4's Measurement Protocol: POST {GA4__PATHS} with events as JSON, of web and app streams
// (contract 3.3). Answered 204 whatever it holds. An event that is not one is counted and takes no
// other with it. See Protocol for threads and memory.

#include <cstddef>

#include "base/arena.h"
#include "collect/ga4_stats.h"
#include "collect/protocol.h"
#include "ga4/measurement_body.h"
#include "ga4/measurement_event.h"

namespace rs::collect {

class MeasurementProtocol final : public Protocol {
 public:
  // Events of a request beyond `events_max` are refused. `stats` outlives the protocol.
  MeasurementProtocol(const event::Limits& limits, std::size_t events_max, Ga4Stats& stats)
      : stats_(stats), reader_(limits, events_max, arena_), events_(limits, arena_) {}

  // Whether a request at a path for both protocols is one of these: it has this protocol's names in
  // its query, or an object of JSON in its body.
  [[nodiscard]] static bool reads(const http::Request& request);

  [[nodiscard]] bool uses_cookie() const override { return false; }
  Reading read(const http::Request& request, event::Facts& seen, Events& events) override;

 private:
  Ga4Stats& stats_;
  Arena arena_;
  ga4::MeasurementReader reader_;
  ga4::MeasurementEvents events_;
};

}  // namespace rs::collect
