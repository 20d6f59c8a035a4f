#pragma once
// For tests: a row made from the text of an event and some facts, alive as long as this.

#include <stdexcept>
#include <string>

#include "enrich/enrich.h"
#include "event/payload_parser.h"

namespace rs::enrich {

inline constexpr std::int64_t kNow = 1'768'473'045'123'456;  // 2026-01-15 10:30:45 UTC

inline event::Facts plain_facts() {
  event::Facts facts;
  facts.now_micros = kNow;
  facts.stream_id = "7";
  facts.fresh_user_id = "fresh-user";
  facts.fresh_event_id = "fresh-event";
  return facts;
}

class TestEvent {
 public:
  explicit TestEvent(const Settings& settings = {}) : enricher_(settings) {}

  const row::Row& row(std::string text, const event::Facts& facts = plain_facts()) {
    text_ = std::move(text);
    const std::size_t size = text_.size();
    text_.append(64, ' ');
    const event::Payload* payload = parser_.parse(std::string_view(text_).substr(0, size));
    if (payload == nullptr) throw std::invalid_argument(text_);
    return enricher_.run(*payload, facts);
  }
  // An event of this name with these members.
  const row::Row& row(const std::string& name, const std::string& members,
                      const event::Facts& facts = plain_facts()) {
    return row(R"({"event_name":")" + name + "\"" + (members.empty() ? "" : ",") + members + "}",
               facts);
  }

 private:
  std::string text_;
  event::PayloadParser parser_;
  Enricher enricher_;
};

}  // namespace rs::enrich
