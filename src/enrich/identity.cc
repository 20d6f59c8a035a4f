#include "enrich/identity.h"

#include "enrich/clean_text.h"

namespace rs::enrich {

bool allows_cookies(const event::Payload& payload) {
  return !payload.privacy_info || payload.privacy_info->analytics_storage != "No";
}

void add_identity(const event::Payload& payload, const event::Facts& facts, Arena& arena,
                  row::Row& row) {
  if (payload.user_id && !payload.user_id->empty()) row.user_id = payload.user_id;
  if (allows_cookies(payload)) {
    const auto id = facts.cookie_user_id.empty() ? facts.fresh_user_id : facts.cookie_user_id;
    if (!id.empty()) row.user_pseudo_id = clean_text(id, kIdentifierMax, arena);
  }
  const bool has_id = payload.event_id && !payload.event_id->empty();
  row.event_id = has_id ? *payload.event_id : facts.fresh_event_id;
}

}  // namespace rs::enrich
