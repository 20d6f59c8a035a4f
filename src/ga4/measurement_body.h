#pragma once
// The body of a Measurement Protocol request, read but not yet understood: what the events are made
// from, and what the debug endpoint judges.
//   {"client_id":"1.2","events":[{"name":"login","params":{"method":"Google"}}]}
// Read leniently, because real senders differ (ga4.md 10.6): keys in snake_case or camelCase, also
// mixed; `events` as a list or as one object; the whole body, `events` or `params` as a text that
// holds JSON; values of any type. Refused is only what is not JSON.
// All views point into the body or the reader's memory and are valid until the next read().

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "event/json_cursor.h"
#include "event/json_index.h"
#include "event/limits.h"
#include "ga4/refusal.h"

namespace rs::ga4 {

struct JsonValue {
  enum class Kind : std::uint8_t { kAbsent, kNull, kBool, kNumber, kText, kList, kObject };
  Kind kind = Kind::kAbsent;
  std::string_view text;     // Decoded text; of any other kind, as it was sent.
  event::JsonNumber number;  // When kNumber.

  [[nodiscard]] bool is_present() const { return kind != Kind::kAbsent && kind != Kind::kNull; }
  // Text, a number as it was sent, true or false; empty for anything else.
  [[nodiscard]] std::string_view scalar_text() const;
};

struct JsonMember {
  std::string_view key;
  JsonValue value;
};

// A part of one of the lists below.
struct Range {
  std::size_t first = 0, count = 0;
};

struct MeasurementItem {
  bool is_object = false;
  Range members;  // Of item_members.
};

struct MeasurementEvent {
  bool is_object = false;
  JsonValue name, timestamp_micros;
  Range params;                  // Of params; without `items`.
  Range items;                   // Of items.
  std::size_t params_total = 0;  // Beyond event::Limits they are counted only.
  std::size_t items_total = 0;
  bool has_long_item = false;  // With more members than columns and allowed parameters together.
};

struct MeasurementProperty {
  std::string_view name;
  JsonValue value, timestamp_micros;
};

struct MeasurementBody {
  JsonValue client_id, app_instance_id, user_id, timestamp_micros, user_agent, ip_override,
      non_personalized_ads, validation_behavior, user_data, events_value;
  JsonValue ad_user_data, ad_personalization, ad_storage, analytics_storage;  // consent
  JsonValue city, region_id, country_id, subcontinent_id, continent_id;       // user_location
  JsonValue category, language, screen_resolution, operating_system,          // device
      operating_system_version, model, brand, browser, browser_version;
  bool has_location = false, has_device = false;

  std::vector<MeasurementEvent> events;
  std::size_t events_total = 0;
  std::vector<JsonMember> params, item_members;
  std::vector<MeasurementItem> items;
  std::vector<MeasurementProperty> properties;
  std::size_t properties_total = 0;
  std::vector<std::string_view> unknown_keys;  // At the top. The first kUnknownMax.
  std::size_t unknown = 0;

  static constexpr std::size_t kUnknownMax = 20;
  void clear();
};

class MeasurementReader {
 public:
  // Beyond `limits` and `events_max` what comes is counted, and not kept.
  MeasurementReader(const event::Limits& limits, std::size_t events_max, Arena& arena)
      : limits_(limits), events_max_(events_max), arena_(arena) {}

  // `body` has 64 readable bytes behind it. Null when it is not a JSON object; error() says why.
  [[nodiscard]] const MeasurementBody* read(std::string_view body);
  [[nodiscard]] const event::JsonError& error() const { return error_; }

 private:
  class Pass;
  // JSON, and JSON in texts of it: the body in a text, `events` in that, `params` in that.
  static constexpr std::size_t kDepthMax = 4;

  template <class What>
  bool pass(std::string_view text, std::size_t depth, What&& what);

  const event::Limits limits_;
  const std::size_t events_max_;
  Arena& arena_;
  MeasurementBody body_;
  std::array<event::JsonIndex, kDepthMax> indexes_;
  event::JsonError error_;
};

// Whether a client means the field `name` of Google's protocol, which is in snake_case: protobuf's
// JSON takes client_id and clientId.
[[nodiscard]] bool is_field(std::string_view key, std::string_view name);

}  // namespace rs::ga4
