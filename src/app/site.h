#pragma once
// Everything the server answers, for one request thread: routes, CORS, and whose answer it is.
// Holds what belongs to that thread (collector, router, clock); the rest is shared and immutable or
// thread-safe.

#include <functional>
#include <string>

#include "app/request_log.h"
#include "base/world.h"
#include "collect/collector.h"
#include "collect/gtag.h"
#include "collect/measurement_protocol.h"
#include "collect/native.h"
#include "http/cors.h"
#include "http/message.h"
#include "http/router.h"
#include "pages/health.h"
#include "pages/metrics_page.h"
#include "pages/pages.h"
#include "pages/routes.h"

namespace rs::app {

// What all request threads share; outlives them.
struct SiteParts {
  const http::Cors& cors;
  const pages::Pages& pages;
  const pages::Paths& paths;
  const collect::CollectorSettings& collector;
  delivery::Delivery& delivery;
  std::string hint_lines;  // Of every response: which client hints browsers should send.
  std::function<std::string()> metrics;         // From any thread.
  std::function<pages::Readiness()> readiness;  // From any thread.
};

class Site final : public http::Handler {
 public:
  Site(const SiteParts& parts, collect::CollectorStats& stats);

  http::Answer handle(const http::Request& request, const Promise& promise,
                      http::Response& response) override;
  void turn_ended() override { collector_.turn_ended(); }
  void settle(Outcome outcome, http::Response& response) override;
  void refuse(http::Refusal refusal, const http::Request& request,
              http::Response& response) override;

 private:
  http::Answer route(const http::Request& request, const Promise& promise,
                     http::Response& response);
  http::Answer answer(const http::RouteMatch& match, const http::Request& request,
                      const Promise& promise, http::Response& response);

  // At a path of GA4__PATHS that is both.
  [[nodiscard]] collect::Protocol& ga4_protocol_of(const http::Request& request);

  const SiteParts& parts_;
  RealWorld world_;
  RequestLog log_;
  http::Router router_;
  collect::NativeProtocol native_;
  collect::GtagProtocol gtag_;
  collect::MeasurementProtocol measurement_;
  pages::MetricsPage metrics_;
  collect::Collector collector_;
};

}  // namespace rs::app
