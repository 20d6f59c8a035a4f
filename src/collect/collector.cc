#include "collect/collector.h"

#include "base/text.h"
#include "base/uuid.h"
#include "collect/answers.h"
#include "collect/proxy_headers.h"
#include "collect/stream_id.h"
#include "enrich/url.h"

namespace rs::collect {

using http::Answer, http::Known;

namespace {

// Whether `origin` ("https://www.example.com:8443") is `domain` or below it.
bool is_page_of(std::string_view origin, std::string_view domain) {
  const auto host = enrich::without_port(enrich::split_url(origin).host);
  if (domain.empty() || host.size() < domain.size()) return false;
  const auto start = host.size() - domain.size();
  return equals_ignoring_case(host.substr(start), domain) && (start == 0 || host[start - 1] == '.');
}

}  // namespace

// Ids the event gets when it brings none of its own; text that Facts point to. Most events bring
// both, so what is not needed is not made.
struct Collector::FreshIds {
  UuidText user, event;
};

Collector::Collector(const CollectorSettings& settings, World& world, delivery::Delivery& delivery,
                     CollectorStats& stats)
    : settings_(settings),
      world_(world),
      delivery_(delivery),
      stats_(stats),
      cookie_(settings.cookie),
      parser_(settings.limits),
      enricher_(settings.enrich) {}

Answer Collector::collect(const http::Request& request, std::string_view stream_id,
                          const Promise& promise, http::Response& response) {
  const auto stream = StreamId::parse(stream_id);
  if (!stream) {
    delivery_.refuse(delivery::Refused::kInvalidEvent);
    answer_bad_stream_id(stream_id, response);
    return Answer::kNow;
  }
  const event::Payload* payload = parser_.parse(request.body);
  if (payload == nullptr) return refuse_event(response);

  FreshIds fresh;
  event::Facts facts = observe(request, stream->text());
  if (facts.cookie_user_id.empty()) {
    fresh.user = uuid_v4(world_.random16());
    facts.fresh_user_id = fresh.user.view();
  }
  if (!payload->event_id || payload->event_id->empty()) {
    fresh.event = uuid_v7(facts.now_micros / 1000, world_.random16());
    facts.fresh_event_id = fresh.event.view();
  }
  const row::Row& row = enricher_.run(*payload, facts);

  count(*payload);
  if (row.user_pseudo_id) {
    // Set again each time: the cookie lives on from the last visit.
    cookie_.append_header(response.headers, *row.user_pseudo_id, cookie_domain(request));
    if (facts.cookie_user_id.empty()) stats_.new_visitors.add();
  }
  return accept(encoder_.encode(row), promise, response);
}

std::string_view Collector::cookie_domain(const http::Request& request) {
  if (!settings_.cookie.domain.empty()) return settings_.cookie.domain;
  if (client_.behind_proxy) {
    if (const auto host = forwarded_host(request); !host.empty()) return domains_.find(host);
  }
  const auto domain = domains_.find(request.header(Known::kHost));
  // A proxy may have put another host here, whose domain the browser would refuse. It has not when
  // the page is on the same domain; without proof the cookie has no domain, which is never refused.
  const bool may_be_rewritten = client_.behind_proxy;
  return may_be_rewritten && !is_page_of(request.header(Known::kOrigin), domain) ? "" : domain;
}

event::Facts Collector::observe(const http::Request& request, std::string_view stream_id) {
  event::Facts facts;
  facts.now_micros = world_.now_micros();
  facts.stream_id = stream_id;
  client_ = settings_.trusted_proxies.client_of(request);
  facts.client_ip = client_.address.view();
  facts.cookie_user_id = cookie_.find(request.header(Known::kCookie));
  facts.user_agent = request.header(Known::kUserAgent);
  facts.accept_language = request.header(Known::kAcceptLanguage);
  facts.ch_ua = request.header(Known::kSecChUa);
  facts.ch_ua_full_version_list = request.header(Known::kSecChUaFullVersionList);
  facts.ch_ua_full_version = request.header(Known::kSecChUaFullVersion);
  facts.ch_ua_mobile = request.header(Known::kSecChUaMobile);
  facts.ch_ua_platform = request.header(Known::kSecChUaPlatform);
  facts.ch_ua_platform_version = request.header(Known::kSecChUaPlatformVersion);
  facts.ch_ua_model = request.header(Known::kSecChUaModel);
  facts.ch_ua_form_factors = request.header(Known::kSecChUaFormFactors);
  facts.ch_ua_arch = request.header(Known::kSecChUaArch);
  facts.ch_ua_bitness = request.header(Known::kSecChUaBitness);
  facts.requested_with = request.header(Known::kXRequestedWith);
  if (client_.behind_proxy || settings_.geo_from_anyone) {
    facts.geo_country = request.header(Known::kXClientGeoCountry);
    facts.geo_state = request.header(Known::kXClientGeoState);
    facts.geo_city = request.header(Known::kXClientGeoCity);
  }
  return facts;
}

void Collector::count(const event::Payload& payload) {
  stats_.unknown_keys.add(payload.unknown_keys);
  stats_.kept_numbers.add(payload.kept_numbers);
  switch (enricher_.time_source()) {
    case enrich::TimeSource::kUnread:
      stats_.times_unread.add();
      break;
    case enrich::TimeSource::kImplausible:
      stats_.times_implausible.add();
      break;
    case enrich::TimeSource::kServer:
    case enrich::TimeSource::kClient:
      break;
  }
  switch (enricher_.device_lookup()) {
    case enrich::DeviceLookup::kCached:
      stats_.devices_cached.add();
      break;
    case enrich::DeviceLookup::kDetected:
      stats_.devices_detected.add();
      break;
    case enrich::DeviceLookup::kNone:
      break;
  }
}

Answer Collector::accept(std::string_view encoded, const Promise& promise,
                         http::Response& response) {
  const bool later = settings_.acknowledge != Acknowledge::kReceived;
  switch (delivery_.accept(encoded, later ? promise : Promise{})) {
    case delivery::Accepted::kHeld:
      answer_ok(response);
      return later ? Answer::kLater : Answer::kNow;
    case delivery::Accepted::kFull:
      answer_overloaded(response);
      break;
    case delivery::Accepted::kDiskFailed:
    case delivery::Accepted::kStopping:
      answer_not_stored(response);
      break;
  }
  return Answer::kNow;
}

Answer Collector::refuse_event(http::Response& response) {
  delivery_.refuse(delivery::Refused::kInvalidEvent);
  answer_invalid_event(parser_.problems(), response);
  return Answer::kNow;
}

void Collector::settle(Outcome outcome, http::Response& response) {
  switch (outcome) {
    case Outcome::kKept:
      break;
    case Outcome::kRejected:
      answer_rejected(response);
      break;
    case Outcome::kRefused:
      answer_not_stored(response);
      break;
  }
}

void Collector::refuse(http::Refusal refusal, http::Response& response) {
  delivery_.refuse(reason_of(refusal));
  explain(refusal, response);
}

}  // namespace rs::collect
