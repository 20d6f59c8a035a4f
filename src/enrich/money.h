#pragma once
// Money in both places. GA4 has the amounts of an event in event_params and those of a transaction
// in ecommerce; clients send one or the other, and queries read either (contract 4.5). So each of
//   value, tax, shipping, currency, transaction_id, coupon
// stands in both, whichever the client sent; what was sent is never overwritten. An amount is a
// whole number as int_value, any other as double_value (GA4's rule); a parameter that is text with
// a number in it counts as that number, and stays text. Source: sessions.md section 7.

#include "base/arena.h"
#include "row/row.h"

namespace rs::enrich {

// Completes row.ecommerce and row.event_params, which hold what the client sent.
void add_money(Arena& arena, row::Row& row);

}  // namespace rs::enrich
