#pragma once
// How many elements one event may have. Beyond, it is refused. An element counts as sent: also in a
// list that a repeated key replaces, so that the limits bound the work that an event makes.
// Defaults that no shop meets: GA4 keeps 200 items, 27 parameters of an item, 25 of an event.

#include "event/problem.h"

namespace rs::event {

struct Limits {
  ListLimit items{1'000, "LIMITS__ITEMS"};
  ListLimit params{500, "LIMITS__PARAMS"};            // event_params and user_properties, each.
  ListLimit item_params{100, "LIMITS__ITEM_PARAMS"};  // Of one item.
};

}  // namespace rs::event
