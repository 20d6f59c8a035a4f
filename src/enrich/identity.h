#pragma once
// Step 1: who it was. The client's user_id; the visitor's id from the cookie, else the fresh one.
// With analytics_storage denied there is no visitor's id at all: no cookie is read, set or stored
// (contract section 4). The client's own user_id is its statement, and is kept.

#include "base/arena.h"
#include "event/facts.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

// Whether the event may be tied to a visitor. Whoever answers the request must not set a cookie
// else.
[[nodiscard]] bool allows_cookies(const event::Payload& payload);

void add_identity(const event::Payload& payload, const event::Facts& facts, Arena& arena,
                  row::Row& row);

}  // namespace rs::enrich
