#pragma once
// GET /metrics: everything the program counts, in Prometheus' text format. The only list of metric
// names; the help texts there explain them.

#include <string>
#include <string_view>

#include "collect/collector_stats.h"
#include "delivery/delivery.h"
#include "http/stats.h"
#include "sink/sink.h"

namespace rs::pages {

struct Measured {
  http::Stats http;
  collect::CollectorTotals collector;
  delivery::DeliveryStats delivery;
  sink::SinkStats sink_stats;
  std::string_view sink;  // Name of the sink, such as "local".
  std::string_view version, commit;
};

[[nodiscard]] std::string metrics_text(const Measured& measured);

}  // namespace rs::pages
