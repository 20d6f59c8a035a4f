#include "ga4/item_defaults.h"

namespace rs::ga4 {
namespace {

using row::Item;

struct Default {
  std::string_view key;
  std::optional<std::string_view> Item::*column;
};
constexpr Default kDefaults[] = {
    {"item_list_id", &Item::item_list_id},   {"item_list_name", &Item::item_list_name},
    {"promotion_id", &Item::promotion_id},   {"promotion_name", &Item::promotion_name},
    {"creative_name", &Item::creative_name}, {"creative_slot", &Item::creative_slot},
    {"location_id", &Item::location_id},
};

}  // namespace

void add_item_defaults(std::span<const row::EventParam> params, std::span<Item> items) {
  if (items.empty()) return;
  for (const auto& param : params) {
    if (!param.value || param.value->string_value.value_or("").empty()) continue;
    for (const auto& [key, column] : kDefaults) {
      if (*param.key != key) continue;
      for (auto& item : items) {
        if (!(item.*column)) item.*column = param.value->string_value;
      }
      break;
    }
  }
}

}  // namespace rs::ga4
