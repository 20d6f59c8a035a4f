#pragma once
// Step 2: with what. For now the language, the User-Agent itself and the page's host name; the
// device detector fills category, brand, model, system, browser and is_bot in this step too.

#include "base/arena.h"
#include "enrich/page.h"
#include "event/facts.h"
#include "row/row.h"

namespace rs::enrich {

void add_device(const Page& page, const event::Facts& facts, Arena& arena, row::Row& row);

}  // namespace rs::enrich
