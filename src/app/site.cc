#include "app/site.h"

#include "collect/answers.h"

namespace rs::app {
namespace {

constexpr std::string_view kParameter = "/{stream_id}";

}  // namespace

Site::Site(const SiteParts& parts, collect::CollectorStats& stats)
    : parts_(parts),
      native_(parts.collector.events_max, parts.collector.limits),
      gtag_(parts.collector.limits, parts.collector.events_max, parts.collector.trusted_proxies,
            stats.ga4),
      measurement_(parts.collector.limits, parts.collector.events_max, stats.ga4),
      metrics_(parts.metrics),
      collector_(parts.collector, world_, parts.delivery, stats) {
  for (const auto& route : pages::routes(parts.paths)) {
    const int endpoint = static_cast<int>(route.endpoint);
    if (route.is_suffix) {
      router_.add_suffix(route.method, route.path, endpoint);
    } else if (route.path.ends_with(kParameter)) {
      router_.add_parameter(
          route.method, route.path.substr(0, route.path.size() - kParameter.size() + 1), endpoint);
    } else {
      router_.add(route.method, route.path, endpoint);
    }
  }
}

http::Answer Site::handle(const http::Request& request, const Promise& promise,
                          http::Response& response) {
  const auto answer = route(request, promise, response);
  if (response.status >= 400) log_.note(request, response, world_.now_micros());
  return answer;
}

http::Answer Site::route(const http::Request& request, const Promise& promise,
                         http::Response& response) {
  if (parts_.cors.preflight(request, response)) return http::Answer::kNow;
  parts_.cors.apply(request, response);
  response.headers.append(parts_.hint_lines);

  const auto match = router_.match(request);
  switch (match.kind) {
    case http::RouteMatch::Kind::kFound:
      return answer(match, request, promise, response);
    case http::RouteMatch::Kind::kMethodNotAllowed:
      collect::answer_not_allowed(match.allow, response);
      break;
    case http::RouteMatch::Kind::kNotFound:
      collect::answer_not_found(response);
      break;
  }
  return http::Answer::kNow;
}

http::Answer Site::answer(const http::RouteMatch& match, const http::Request& request,
                          const Promise& promise, http::Response& response) {
  switch (static_cast<pages::Endpoint>(match.route)) {
    case pages::Endpoint::kCollect:
      return collector_.collect(native_, request, match.parameter, promise, response);
    case pages::Endpoint::kGtag:
      return collector_.collect(gtag_, request, {}, promise, response);
    case pages::Endpoint::kMeasurement:
      return collector_.collect(measurement_, request, {}, promise, response);
    case pages::Endpoint::kGa4:
      return collector_.collect(ga4_protocol_of(request), request, {}, promise, response);
    case pages::Endpoint::kMetrics:
      metrics_.fill(world_.now_micros(), request, response);
      break;
    case pages::Endpoint::kHealth:
      pages::fill_health(response);
      break;
    case pages::Endpoint::kReadiness:
      pages::fill_readiness(parts_.readiness(), response);
      break;
    case pages::Endpoint::kPage:
      if (!parts_.pages.serve(match.path, request, response)) collect::answer_not_found(response);
      break;
  }
  return http::Answer::kNow;
}

collect::Protocol& Site::ga4_protocol_of(const http::Request& request) {
  if (collect::MeasurementProtocol::reads(request)) return measurement_;
  return gtag_;
}

void Site::settle(Outcome outcome, http::Response& response) {
  collector_.settle(outcome, response);
  if (response.status >= 400) log_.note_settled(response, world_.now_micros());
}

void Site::refuse(http::Refusal refusal, const http::Request& request, http::Response& response) {
  parts_.cors.apply(request, response);
  collect::explain(refusal, response);
  log_.note(request, response, world_.now_micros());
}

}  // namespace rs::app
