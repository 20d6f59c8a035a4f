#pragma once
// Step 1: who it was. The client's user_id; the visitor's id from the payload's user_pseudo_id,
// otherwise from the cookie, otherwise from the payload's client_id, otherwise the fresh one.
// With analytics_storage denied there is no visitor's id at all: no cookie is read, set or stored
// (contract section 4). The client's own user_id is its statement, and is kept.

#include <string_view>

#include "base/arena.h"
#include "event/facts.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

// Whether the event may be tied to a visitor. Whoever answers the request must not set a cookie
// else.
[[nodiscard]] bool allows_cookies(const event::Payload& payload);

// The visitor's id that the request brings, whatever the consent; empty when there is none.
[[nodiscard]] std::string_view known_visitor(const event::Payload& payload,
                                             const event::Facts& facts);

void add_identity(const event::Payload& payload, const event::Facts& facts, Arena& arena,
                  row::Row& row);

}  // namespace rs::enrich
