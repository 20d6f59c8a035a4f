#pragma once
// Step 3: from where. The place that a proxy in front wrote into X-Client-Geo-Country, -State and
// -City, as it wrote it, and the client's address. A place that the sender names itself stands
// instead.

#include "base/arena.h"
#include "event/facts.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

void add_geo(const event::Payload& payload, const event::Facts& facts, Arena& arena, row::Row& row);

}  // namespace rs::enrich
