#include "collect/collector.h"

#include <algorithm>

#include "base/text.h"
#include "collect/answers.h"
#include "collect/proxy_headers.h"
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

Collector::Collector(const CollectorSettings& settings, World& world, delivery::Delivery& delivery,
                     CollectorStats& stats)
    : settings_(settings),
      world_(world),
      delivery_(delivery),
      cookie_(settings.cookie),
      rows_(settings.enrich, world, stats) {}

Answer Collector::collect(Protocol& protocol, const http::Request& request,
                          std::string_view stream_id, const Promise& promise,
                          http::Response& response) {
  event::Facts facts = observe(request, stream_id);
  if (protocol.uses_cookie()) facts.cookie_user_id = cookie_.find(request.header(Known::kCookie));
  rows_.begin(protocol.uses_cookie());
  const Reading reading = protocol.read(request, facts, rows_);
  if (reading.verdict != Reading::Verdict::kEvents) {
    refuse_request(reading, stream_id, response);
    return Answer::kNow;
  }
  rows_.for_each_left_out(
      [this](delivery::Refused reason, std::size_t events) { delivery_.refuse(reason, events); });
  rows_.count();
  if (const auto visitor = rows_.visitor(); protocol.uses_cookie() && !visitor.empty()) {
    // Set again each time: the cookie lives on from the last visit.
    cookie_.append_header(response.headers, visitor, cookie_domain(request));
  }
  return hand_over(reading.receipt, promise, response);
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

Answer Collector::hand_over(Receipt receipt, const Promise& promise, http::Response& response) {
  const auto rows = rows_.rows();
  const bool later = settings_.acknowledge != Acknowledge::kReceived && !rows.empty();
  const auto accepted = rows.empty() ? delivery::Accepted::kHeld
                                     : delivery_.accept(rows, later ? promise : Promise{});
  switch (accepted) {
    case delivery::Accepted::kHeld:
      answer_kept(receipt, response);
      response.promise_parts = static_cast<std::uint32_t>(rows.size());
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

void Collector::refuse_request(const Reading& reading, std::string_view stream_id,
                               http::Response& response) {
  const std::size_t events = std::max<std::size_t>(reading.events, 1);
  switch (reading.verdict) {
    case Reading::Verdict::kEvents:
      return;
    case Reading::Verdict::kInvalid:
      answer_invalid_event(reading.problems, reading.root, response);
      break;
    case Reading::Verdict::kBadStreamId:
      answer_bad_stream_id(stream_id, response);
      break;
    case Reading::Verdict::kTooManyEvents:
      answer_too_many_events(response);
      return delivery_.refuse(delivery::Refused::kTooLarge, events);
  }
  delivery_.refuse(delivery::Refused::kInvalidEvent, events);
}

void Collector::settle(Outcome outcome, http::Response& response) {
  switch (outcome) {
    case Outcome::kKept:
      break;
    case Outcome::kRejected:
      // An empty receipt is the same for every row.
      if (response.status != kEmptyStatus) answer_rejected(response);
      break;
    case Outcome::kRefused:
      answer_not_stored(response);
      break;
  }
}

}  // namespace rs::collect
