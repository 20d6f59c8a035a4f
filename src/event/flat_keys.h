#pragma once
// Parameters that tags send beside event_name, where the native protocol has them in event_params:
//   {"event_name":"purchase","page_location":"https://...","value":99.99,"currency":"EUR","items":[...]}
// That is how the public data tag of Google Tag Manager and senders of GA4's event data write an
// event. Only names of GA4's own are known; all others stay unknown keys.
// Sources: developers.google.com/analytics/devguides/collection/ga4/reference/events (recommended
// events), support.google.com/analytics/answer/9234069 and 9216061 (automatic events, enhanced
// measurement), developers.google.com/tag-platform/tag-manager/server-side/common-event-data.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rs::event {

enum class FlatKind : std::uint8_t {
  kUnknown,
  kTyped,   // A parameter of the type that its JSON value has.
  kText,    // Text, also where digits were sent without quotes.
  kNumber,  // A number, also where it was sent as text.
};

struct FlatKey {
  FlatKind kind = FlatKind::kUnknown;
  std::string_view param;  // The name of the parameter; a constant.
  std::size_t index = 0;   // Of the key, below kFlatKeys.
};

inline constexpr std::size_t kFlatKeys = 81;

[[nodiscard]] FlatKey find_flat_key(std::string_view key);

// Who the visitor is, in clear text or hashed: never stored (contract 3.3).
[[nodiscard]] bool is_user_data_key(std::string_view key);

// What tags send for themselves or for other destinations; no column is made of it.
[[nodiscard]] bool is_ignored_key(std::string_view key);

}  // namespace rs::event
