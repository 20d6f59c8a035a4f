#pragma once
// Continents and their parts by the codes of UN M49, which the Measurement Protocol's user_location
// has, in the English names of Unicode CLDR, which GA4 exports.
// Sources: unstats.un.org/unsd/methodology/m49; CLDR, territories of locale en.

#include <string_view>

namespace rs::ga4 {

// Empty for other codes.
[[nodiscard]] std::string_view continent_name(std::string_view code);
[[nodiscard]] std::string_view sub_continent_name(std::string_view code);

}  // namespace rs::ga4
