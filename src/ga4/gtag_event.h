#pragma once
// One gtag hit as an event: its fields become parameters, columns and facts with GA4's names and
// types (ga4.md sections 1.4, 3.2, 10).
//   ep., epn.      the client's parameters, in order; text as text, numbers as int or double
//   dl dr dt ...   page_location, page_referrer, page_title, ..., behind them; a name that the
//                  client sent itself is left alone
//   sid sct seg    ga_session_id, ga_session_number (whole numbers above 0), session_engaged; none
//                  of them when analytics_storage is denied
// Facts that the hit knows better than its headers replace them: client hints (uaa to uapv) where
// the header is missing, the region (ur) where no geography came.
// Not thread-safe; reused from hit to hit. What it gives is valid until the next build() and as
// long as the fields, the facts and the arena.

#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "event/facts.h"
#include "event/key_table.h"
#include "event/limits.h"
#include "event/payload.h"
#include "ga4/gtag_fields.h"
#include "ga4/refusal.h"

namespace rs::ga4 {

class GtagEvent {
 public:
  GtagEvent(Arena& arena, const event::Limits& limits) : arena_(arena), limits_(limits) {}

  // Nothing when there is an event: `payload` and `facts` are filled, the latter from `seen`.
  [[nodiscard]] std::optional<Refusal> build(GtagFields& hit, const event::Facts& seen,
                                             event::Payload& payload, event::Facts& facts);

  // Values of the last hit that no column takes.
  [[nodiscard]] std::size_t dropped() const { return dropped_; }

 private:
  void add_visitor(const GtagFields& hit, std::int64_t now_micros, event::Payload& payload);
  void add_params(GtagFields& hit, bool identified);
  void add_page(const GtagFields& hit);
  void add_session(const GtagFields& hit);
  void add_request(const GtagFields& hit);
  void add_text(std::string_view key, std::string_view value);
  void add_int(std::string_view key, std::optional<std::int64_t> value);
  row::EventParam* new_param(std::string_view key);
  void add_properties(GtagFields& hit, std::int64_t now_micros, event::Payload& payload);
  bool add_items(GtagFields& hit, event::Payload& payload);
  void add_campaign(const GtagFields& hit, event::Payload& payload);
  void add_hints(const GtagFields& hit, event::Facts& facts);

  Arena& arena_;
  const event::Limits limits_;
  std::vector<row::EventParam> params_;
  std::size_t own_params_ = 0;  // Those that the client named come first.
  std::vector<row::Item> items_;
  row::CollectedTrafficSource campaign_;
  event::KeyTable keys_;
  std::size_t dropped_ = 0;
};

// "Brand;1.2.3|Other;4", brands percent-encoded once more, as Sec-CH-UA-Full-Version-List has it:
// "Brand";v="1.2.3", "Other";v="4". In the arena.
[[nodiscard]] std::string_view brand_list(std::string_view text, Arena& arena);

}  // namespace rs::ga4
