#pragma once
// The way of a request's events through the request thread, top to bottom:
//   Request --Protocol--> Payload + Facts --RequestRows--> Row --> bytes --accept--> Delivery
// and the answer. The only place that decides HTTP statuses for events. The rows of a request are
// handed over together: all or none, one promise.
// One per request thread (it owns that thread's caches and buffers, so nothing is shared and a warm
// one does not allocate); Delivery is shared.

#include <cstdint>
#include <string_view>

#include "base/mailbox.h"
#include "base/world.h"
#include "collect/client_address.h"
#include "collect/collector_stats.h"
#include "collect/cookie.h"
#include "collect/protocol.h"
#include "collect/request_rows.h"
#include "delivery/delivery.h"
#include "enrich/enrich.h"
#include "enrich/registrable_domain.h"
#include "event/limits.h"
#include "http/message.h"

namespace rs::collect {

// What a 200 promises (contract section 6).
enum class Acknowledge : std::uint8_t {
  kReceived,   // The row is in the bounded queue.
  kSpooled,    // The row is on disk: Delivery has a spool for new rows.
  kDelivered,  // The destination has acknowledged the row.
};

struct CollectorSettings {
  Acknowledge acknowledge = Acknowledge::kDelivered;
  CookieSettings cookie;
  TrustedProxies trusted_proxies;
  std::size_t events_max = 1000;  // In one request.
  event::Limits limits;           // Of each.
  bool geo_from_anyone = false;   // X-Client-Geo-* without a trusted proxy, for trying out.
  enrich::Settings enrich;
};

class Collector {
 public:
  // All references outlive the collector.
  Collector(const CollectorSettings& settings, World& world, delivery::Delivery& delivery,
            CollectorStats& stats);

  // A request that `protocol` reads; `stream_id` is the end of its path where that names a stream.
  // kLater when the answer waits for `promise`, which has a part for each row.
  [[nodiscard]] http::Answer collect(Protocol& protocol, const http::Request& request,
                                     std::string_view stream_id, const Promise& promise,
                                     http::Response& response);

  // What came with the last events is answered or waits: see http::Handler.
  void turn_ended() { delivery_.turn_ended(); }

  // The promise behind a kLater has settled; `response` is the 200 that was prepared.
  void settle(Outcome outcome, http::Response& response);

 private:
  // Empty for none: then the cookie belongs to the host alone.
  [[nodiscard]] std::string_view cookie_domain(const http::Request& request);
  [[nodiscard]] event::Facts observe(const http::Request& request, std::string_view stream_id);
  void refuse_request(const Reading& reading, std::string_view stream_id, http::Response& response);
  http::Answer hand_over(Receipt receipt, const Promise& promise, http::Response& response);

  const CollectorSettings& settings_;
  World& world_;
  delivery::Delivery& delivery_;
  const UserIdCookie cookie_;
  enrich::RegistrableDomains domains_;
  RequestRows rows_;
  Client client_;  // Of the request at hand.
};

}  // namespace rs::collect
