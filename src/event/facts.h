#pragma once
// What the server saw around a payload: the request's head, the connection, the clock, fresh ids.
// Plain views, valid as long as the request. Together with the Payload it is all that enrichment
// may look at, so the same payload and facts always give the same row.

#include <cstdint>
#include <optional>
#include <string_view>

namespace rs::event {

struct Facts {
  std::int64_t now_micros = 0;      // When the server took the event; UTC, since 1970.
  std::string_view stream_id;       // As the row has it: the integer of the path, or other text.
  std::string_view client_ip;       // See contract section 4, step 3.
  std::string_view cookie_user_id;  // The valid `__uid__` of the request; empty without one.
  std::string_view fresh_user_id;   // A new UUIDv4; empty when there is another id, or none is due.
  std::optional<std::int64_t> bundle_sequence_id;  // The same for all events of a request.
  std::string_view fresh_event_id;  // A new UUIDv7; empty when the payload brings one.

  // Request headers, empty when absent. Untrusted bytes: any of them may be invalid UTF-8.
  std::string_view user_agent, accept_language;
  // Client hints by name, and the app that asks. A null data() tells absent from empty.
  std::string_view ch_ua, ch_ua_full_version_list, ch_ua_full_version, ch_ua_mobile, ch_ua_platform,
      ch_ua_platform_version, ch_ua_model, ch_ua_form_factors, ch_ua_arch, ch_ua_bitness,
      requested_with;
  std::string_view geo_country, geo_state, geo_city;
};

}  // namespace rs::event
