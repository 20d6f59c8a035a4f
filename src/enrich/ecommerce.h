#pragma once
// What was bought: items and ecommerce as the client sent them, and what GA4 derives from them
// where the client did not say it itself:
// - items: quantity is 1 when absent; item_revenue (event purchase) or item_refund (event refund)
//   is price times quantity;
// - ecommerce: total_item_quantity is the sum of the quantities; unique_items counts different
//   (item_id, item_name, item_brand); purchase_revenue (event purchase) or refund_value (event
//   refund) is `value`.
// Amounts, currency and transaction id are completed from the event's parameters first, and these
// from ecommerce (money.h). Nothing is converted to US dollars.
// Source: BigQuery export schema, support.google.com/analytics/answer/7029846.

#include "base/arena.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

void add_ecommerce(const event::Payload& payload, Arena& arena, row::Row& row);

}  // namespace rs::enrich
