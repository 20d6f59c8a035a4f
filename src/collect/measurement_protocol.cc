#include "collect/measurement_protocol.h"

#include <algorithm>

#include "collect/ga4_refusal.h"
#include "collect/visitor_address.h"

namespace rs::collect {

using http::Known;

bool MeasurementProtocol::reads(const http::Request& request) {
  for (const char* const name : {"measurement_id=", "firebase_app_id=", "api_secret="}) {
    if (request.query.find(name) != std::string_view::npos) return true;
  }
  const auto start = request.body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return start != std::string_view::npos && request.body[start] == '{';
}

Reading MeasurementProtocol::read(const http::Request& request, event::Facts& seen,
                                  Events& events) {
  arena_.clear();
  const ga4::MeasurementBody* const body = reader_.read(request.body);
  if (body == nullptr) {
    refuse_ga4(ga4::Refusal::kNotJson, 1, stats_, events);
    return {.receipt = Receipt::kEmpty};
  }
  const auto query = ga4::MeasurementQuery::read(request.query, arena_);
  const bool from_browser = !request.header(Known::kOrigin).empty();
  auto address = visitor_address(body->ip_override.scalar_text());
  if (!address) address = visitor_address(query.address);
  const auto said = address ? address->view() : std::string_view();
  if (const auto refusal = events_.begin(*body, query, seen, from_browser, said)) {
    refuse_ga4(*refusal, std::max<std::size_t>(body->events_total, 1), stats_, events);
    return {.receipt = Receipt::kEmpty};
  }
  std::int64_t rows = 0;
  for (const auto& sent : body->events) {
    event::Payload payload;
    event::Facts facts;
    if (const auto refusal = events_.build(sent, payload, facts)) {
      refuse_ga4(*refusal, 1, stats_, events);
      continue;
    }
    payload.batch_event_index = ++rows;
    events.add(payload, facts);
    stats_.dropped_values.add(events_.dropped());
  }
  const std::size_t beyond = body->events_total - body->events.size();
  if (beyond > 0) refuse_ga4(ga4::Refusal::kTooLarge, beyond, stats_, events);
  return {.receipt = Receipt::kEmpty};
}

}  // namespace rs::collect
