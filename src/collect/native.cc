#include "collect/native.h"

namespace rs::collect {
Reading NativeProtocol::read(const http::Request& request, event::Facts& facts, Events& events) {
  using Verdict = Reading::Verdict;
  stream_id_ = StreamId::parse(facts.stream_id);
  if (!stream_id_) return {.verdict = Verdict::kBadStreamId};
  facts.stream_id = stream_id_->text();

  if (!event::PayloadParser::is_list(request.body)) {
    const event::Payload* payload = parser_.parse(request.body);
    if (payload == nullptr) return {.verdict = Verdict::kInvalid, .problems = parser_.problems()};
    events.add(*payload, facts);
    return {};
  }
  const std::size_t count =
      parser_.parse_list(request.body, events_max_,
                         [&](const event::Payload& payload) { events.add(payload, facts); });
  if (count > events_max_) return {.verdict = Verdict::kTooManyEvents, .events = count};
  if (parser_.problems().empty()) return {};
  return {.verdict = Verdict::kInvalid, .events = count, .problems = parser_.problems()};
}

}  // namespace rs::collect
