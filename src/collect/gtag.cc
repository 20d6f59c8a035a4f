#include "collect/gtag.h"

#include <array>

#include "collect/ga4_refusal.h"
#include "collect/visitor_address.h"
#include "ga4/derived_event.h"
#include "ga4/google_cookies.h"

namespace rs::collect {

using ga4::Field, http::Known;

Reading GtagProtocol::read(const http::Request& request, event::Facts& seen, Events& events) {
  arena_.clear();
  rows_ = 0;
  if (request.method == http::Method::kHead)
    return {.receipt = Receipt::kEmpty};  // A link checker's; not an event.
  std::size_t hits = 0;
  for (lines_.start(request.query, request.body); lines_.next(hit_);) {
    if (++hits <= events_max_) {
      add(request, seen, events);
    } else {
      refuse_ga4(ga4::Refusal::kTooLarge, 1, stats_, events);
    }
  }
  return {.receipt = Receipt::kEmpty};
}

void GtagProtocol::add(const http::Request& request, const event::Facts& seen, Events& events) {
  event::Payload payload;
  event::Facts facts;
  if (const auto refusal = event_.build(hit_, seen, payload, facts)) {
    refuse_ga4(*refusal, 1, stats_, events);
    return;
  }
  if (!payload.user_pseudo_id) {
    const auto id = ga4::client_id_of_cookies(request.header(Known::kCookie), arena_);
    if (!id.empty()) payload.user_pseudo_id = id;
  }
  // Only a trusted proxy knows it better than the connection.
  const auto address = visitor_address(hit_.text(Field::kAddress));
  if (address && proxies_.client_of(request).behind_proxy) facts.client_ip = address->view();

  std::array<event::Payload, ga4::kDerivedMax> derived;
  const std::size_t count = ga4::derive_events(hit_, payload, arena_, derived);
  for (std::size_t i = 0; i < count; ++i) {
    derived[i].batch_event_index = ++rows_;
    events.add(derived[i], facts);
    (derived[i].event_name == "first_visit" ? stats_.first_visits : stats_.session_starts).add();
  }
  payload.batch_event_index = ++rows_;
  events.add(payload, facts);
  stats_.dropped_values.add(event_.dropped());
}

}  // namespace rs::collect
