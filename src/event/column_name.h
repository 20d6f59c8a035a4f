#pragma once
// Names that clients use for a column that is called otherwise: consent mode's ad_storage, and the
// dataLayer's tax and shipping (ga4.md sections 1.2, 4.2).

#include <string_view>

namespace rs::event {

[[nodiscard]] constexpr std::string_view column_name(std::string_view key) {
  if (key == "ad_storage") return "ads_storage";
  if (key == "tax") return "tax_value";
  if (key == "shipping") return "shipping_value";
  return key;
}

}  // namespace rs::event
