#pragma once
// The events of a Measurement Protocol request, each with GA4's names and types.
//   session_id, session_number      ga_session_id, ga_session_number: numbers, digits, or the whole
//                                   cookie; a session_id that is not a number stays a text
//   engagement_time_msec            int, also when sent as text; debug_mode int
//   numbers, text, true, false      int or double, text, text; null, lists and objects are dropped
//   timestamp_micros                of the event's parameters, else the event, else the request:
//                                   the first that can be read (number, digits, ISO 8601)
//   client_id                       user_pseudo_id, without the prefix of a whole cookie; for app
//                                   streams app_instance_id
//   device, user_location,          replace what the request's headers and address tell; without
//   user_agent, ip_override         them a request that does not come from a browser (no Origin)
//                                   tells nothing: its headers are the sending server's
//   user_data                       is not stored
// Sources: ga4.md sections 2.2, 10.4 to 10.7. Not thread-safe; reused from request to request.
// Views live as long as the body, the query and the arena.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "event/facts.h"
#include "event/key_table.h"
#include "event/limits.h"
#include "event/payload.h"
#include "ga4/measurement_body.h"
#include "ga4/refusal.h"

namespace rs::ga4 {

// What the URL says, decoded; empty when absent.
struct MeasurementQuery {
  std::string_view measurement_id, firebase_app_id, api_secret, address;  // uip or _uip

  [[nodiscard]] static MeasurementQuery read(std::string_view query, Arena& arena);
  // The web stream goes before the app.
  [[nodiscard]] std::string_view stream_id() const {
    return measurement_id.empty() ? firebase_app_id : measurement_id;
  }
  [[nodiscard]] bool is_app() const { return measurement_id.empty() && !firebase_app_id.empty(); }
};

class MeasurementEvents {
 public:
  MeasurementEvents(const event::Limits& limits, Arena& arena) : limits_(limits), arena_(arena) {}

  // The next request; `seen` is what the server saw around it, `address` the visitor's when the
  // sender names one. Nothing when its events may follow.
  [[nodiscard]] std::optional<Refusal> begin(const MeasurementBody& body,
                                             const MeasurementQuery& query,
                                             const event::Facts& seen, bool from_browser,
                                             std::string_view address);

  // One event of its body. Nothing when there is an event: `payload` and `facts` are filled.
  [[nodiscard]] std::optional<Refusal> build(const MeasurementEvent& event, event::Payload& payload,
                                             event::Facts& facts);

  // Values of the last event that no column takes.
  [[nodiscard]] std::size_t dropped() const { return dropped_; }

 private:
  void begin_facts(const MeasurementQuery& query, const event::Facts& seen, bool from_browser,
                   std::string_view address);
  void begin_device();
  void begin_location();
  void begin_privacy();
  void add_time(const MeasurementEvent& event, event::Payload& payload);
  void add_properties(std::int64_t micros);
  void add_params(const MeasurementEvent& event, event::Payload& payload);
  void add_param(const JsonMember& param);
  bool add_special_param(const JsonMember& param);
  void add_session(std::string_view key, const JsonValue& value);
  bool add_items(const MeasurementEvent& event);
  void add_item_member(const JsonMember& member, row::Item& item);
  bool set_value(const JsonValue& value, row::ParamValue& out);
  row::EventParam& new_param(std::string_view key);

  const event::Limits limits_;
  Arena& arena_;
  const MeasurementBody* body_ = nullptr;
  bool identified_ = true;
  event::Facts facts_;
  event::Payload request_;  // What all its events share.
  row::Device device_;
  row::Geo geo_;
  std::vector<row::UserProperty> properties_;
  std::vector<row::EventParam> params_, item_params_;
  std::vector<row::Item> items_;
  event::KeyTable keys_;
  std::size_t dropped_ = 0, kept_ = 0;
};

// The moment that a value says in microseconds since 1970; nothing when it says none.
[[nodiscard]] std::optional<std::int64_t> micros_of(const JsonValue& value);

}  // namespace rs::ga4
