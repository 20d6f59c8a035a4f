#pragma once
// What an event says of all its items: GA4 gives an item the event's list, promotion, creative and
// location where the item names none of its own. Source: ga4.md section 3.3, item rules.

#include <optional>
#include <span>
#include <string_view>

#include "row/row.h"

namespace rs::ga4 {

// From the event's parameters of these names: item_list_id, item_list_name, promotion_id,
// promotion_name, creative_name, creative_slot, location_id.
void add_item_defaults(std::span<const row::EventParam> params, std::span<row::Item> items);

}  // namespace rs::ga4
