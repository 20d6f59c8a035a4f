#pragma once
// Step 3: from where. The place that a proxy in front wrote into X-Client-Geo-Country, -State and
// -City, as it wrote it, and the client's address.

#include "base/arena.h"
#include "event/facts.h"
#include "row/row.h"

namespace rs::enrich {

void add_geo(const event::Facts& facts, Arena& arena, row::Row& row);

}  // namespace rs::enrich
