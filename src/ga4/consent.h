#pragma once
// Consent as Google's tags write it into a hit.
//   gcs=G1xy       x: ad_storage, y: analytics_storage; 1 granted, 0 denied, anything else not said
//   gcd=1abcdefgh  two characters each for ad_storage, analytics_storage, ad_user_data and
//                  ad_personalization: the implicit state, then the explicit ones; a tail follows
// A character of gcd is a number 0..63 of the alphabet 0-9a-zA-Z-_. The low two bits of an implicit
// character, and three pairs of bits of an explicit one (declared, default, update, from the high
// end), are states: 2 denied, 3 granted, otherwise nothing. The last statement counts: update,
// then default, then declared, then implicit.
// Sources: ga4.md sections 3.5 and 10.8; Google's consent mode reference (tagging/consent).
// Pure functions of text from outside; they never fail.

#include <cstdint>
#include <optional>
#include <string_view>

#include "row/row.h"

namespace rs::ga4 {

enum class Consent : std::uint8_t { kNotSaid, kDenied, kGranted };

struct ConsentSignals {
  Consent ad_storage = Consent::kNotSaid;
  Consent analytics_storage = Consent::kNotSaid;
  Consent ad_user_data = Consent::kNotSaid;
  Consent ad_personalization = Consent::kNotSaid;

  bool operator==(const ConsentSignals&) const = default;
};

struct GcdSignals {
  ConsentSignals stated;     // What the site or the visitor said.
  ConsentSignals effective;  // The same, and the implicit state where nothing was said.
};

[[nodiscard]] ConsentSignals read_gcs(std::string_view text);

// Characters that are missing or outside of the alphabet say nothing.
[[nodiscard]] GcdSignals read_gcd(std::string_view text);

// The columns of a hit: the two storages from gcs, or from what gcd states; the other two from gcd,
// and ad_personalization "No" when only `non_personalized` (npa=1) speaks of it. Nothing when
// nothing was said.
[[nodiscard]] std::optional<row::PrivacyInfo> privacy_of(std::string_view gcs, std::string_view gcd,
                                                         bool non_personalized);

// "Yes", "No", or nothing.
[[nodiscard]] std::optional<std::string_view> column_text(Consent consent);

}  // namespace rs::ga4
