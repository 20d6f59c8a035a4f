#include "ga4/consent.h"

#include <array>

namespace rs::ga4 {
namespace {

constexpr std::uint8_t kUnknown = 64;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kUnknown);
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

// Of the two low bits.
Consent state_of(unsigned bits) {
  switch (bits & 3U) {
    case 2:
      return Consent::kDenied;
    case 3:
      return Consent::kGranted;
    default:
      return Consent::kNotSaid;
  }
}

Consent first_said(std::initializer_list<Consent> states) {
  for (const Consent state : states) {
    if (state != Consent::kNotSaid) return state;
  }
  return Consent::kNotSaid;
}

Consent gcs_state(std::string_view text, std::size_t at) {
  if (text.size() <= at) return Consent::kNotSaid;
  if (text[at] == '1') return Consent::kGranted;
  return text[at] == '0' ? Consent::kDenied : Consent::kNotSaid;
}

}  // namespace

ConsentSignals read_gcs(std::string_view text) {
  ConsentSignals signals;
  if (!text.starts_with("G1")) return signals;
  signals.ad_storage = gcs_state(text, 2);
  signals.analytics_storage = gcs_state(text, 3);
  return signals;
}

GcdSignals read_gcd(std::string_view text) {
  constexpr std::array kOrder = {&ConsentSignals::ad_storage, &ConsentSignals::analytics_storage,
                                 &ConsentSignals::ad_user_data,
                                 &ConsentSignals::ad_personalization};
  GcdSignals signals;
  if (!text.starts_with('1')) return signals;
  text.remove_prefix(1);
  for (const auto member : kOrder) {
    if (text.size() < 2) break;
    const unsigned implicit = kValues[static_cast<unsigned char>(text[0])];
    const unsigned stated = kValues[static_cast<unsigned char>(text[1])];
    text.remove_prefix(2);
    if (stated != kUnknown) {
      signals.stated.*member =
          first_said({state_of(stated), state_of(stated >> 2), state_of(stated >> 4)});
    }
    const Consent assumed = implicit == kUnknown ? Consent::kNotSaid : state_of(implicit);
    signals.effective.*member = first_said({signals.stated.*member, assumed});
  }
  return signals;
}

std::optional<std::string_view> column_text(Consent consent) {
  switch (consent) {
    case Consent::kGranted:
      return "Yes";
    case Consent::kDenied:
      return "No";
    case Consent::kNotSaid:
      break;
  }
  return std::nullopt;
}

std::optional<row::PrivacyInfo> privacy_of(std::string_view gcs, std::string_view gcd,
                                           bool non_personalized) {
  const ConsentSignals storage = read_gcs(gcs);
  const GcdSignals detail = read_gcd(gcd);
  ConsentSignals out;
  out.ad_storage = first_said({storage.ad_storage, detail.stated.ad_storage});
  out.analytics_storage = first_said({storage.analytics_storage, detail.stated.analytics_storage});
  out.ad_user_data = detail.effective.ad_user_data;
  out.ad_personalization = first_said({detail.effective.ad_personalization,
                                       non_personalized ? Consent::kDenied : Consent::kNotSaid});
  if (out == ConsentSignals{}) return std::nullopt;
  row::PrivacyInfo privacy;
  privacy.ads_storage = column_text(out.ad_storage);
  privacy.analytics_storage = column_text(out.analytics_storage);
  privacy.ad_user_data = column_text(out.ad_user_data);
  privacy.ad_personalization = column_text(out.ad_personalization);
  return privacy;
}

}  // namespace rs::ga4
