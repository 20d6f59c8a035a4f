#include "collect/native.h"

#include "base/base64.h"
#include "base/text.h"
#include "enrich/url.h"

namespace rs::collect {
namespace {

using Verdict = Reading::Verdict;

// Base64 by its alphabet for texts or for URLs, with or without its padding.
std::optional<std::string> decode_any_base64(std::string_view text) {
  std::string plain(text.substr(0, text.find('=')));
  for (char& c : plain) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  plain.append((4 - plain.size() % 4) % 4, '=');
  return decode_base64(plain);
}

void append_member(std::string& json, std::string_view key, std::string_view value) {
  json += json.empty() ? "{\"" : ",\"";
  append_json_escaped(json, key);
  json += "\":\"";
  append_json_escaped(json, value);
  json += '"';
}

}  // namespace

Reading NativeProtocol::read(const http::Request& request, event::Facts& facts, Events& events) {
  stream_id_ = StreamId::parse(facts.stream_id);
  if (!stream_id_) return {.verdict = Verdict::kBadStreamId};
  facts.stream_id = stream_id_->text();
  if (request.method == http::Method::kGet) return read_query(request.query, facts, events);
  if (request.method == http::Method::kHead) return {.receipt = Receipt::kPixel};

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

Reading NativeProtocol::read_query(std::string_view query, event::Facts& facts, Events& events) {
  constexpr std::string_view kRoot = "query";
  arena_.clear();
  json_.clear();
  std::string_view name;
  std::optional<std::string_view> whole;  // The event as JSON.
  enrich::QueryReader pairs(query);
  for (enrich::QueryPair pair; pairs.next(pair);) {
    const auto key = enrich::decode_query_text(pair.key, arena_);
    const auto value = enrich::decode_query_text(pair.value, arena_);
    if (key == "event" || key == "event_name") {
      name = value;
    } else if (key == "dtcd") {
      whole = value;
    } else if (key == "dtdc") {
      const auto text = decode_any_base64(value);
      if (!text) {
        const event::Path path{nullptr, key};
        problems_.assign(1, event::make_problem(event::problem::kNotBase64, "null"));
        event::add_path(problems_[0], &path);
        return {.verdict = Verdict::kInvalid, .problems = problems_, .root = kRoot};
      }
      whole = arena_.copy(*text);
    } else {
      append_member(json_, key, value);
    }
  }
  if (whole) {
    json_ = *whole;
  } else {
    json_ += json_.empty() ? "{}" : "}";
  }
  const std::size_t size = json_.size();
  json_.append(http::kBodyPadding, '\0');
  const event::Payload* payload = parser_.parse(std::string_view(json_).substr(0, size), name);
  if (payload == nullptr) {
    return {.verdict = Verdict::kInvalid, .problems = parser_.problems(), .root = kRoot};
  }
  events.add(*payload, facts);
  return {.receipt = Receipt::kPixel};
}

}  // namespace rs::collect
