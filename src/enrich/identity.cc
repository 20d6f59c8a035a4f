#include "enrich/identity.h"

#include "enrich/clean_text.h"

namespace rs::enrich {

bool allows_cookies(const event::Payload& payload) {
  return !payload.privacy_info || payload.privacy_info->analytics_storage != "No";
}

std::string_view known_visitor(const event::Payload& payload, const event::Facts& facts) {
  if (payload.user_pseudo_id && !payload.user_pseudo_id->empty()) return *payload.user_pseudo_id;
  if (!facts.cookie_user_id.empty()) return facts.cookie_user_id;
  return payload.client_id.value_or("");
}

void add_identity(const event::Payload& payload, const event::Facts& facts, Arena& arena,
                  row::Row& row) {
  if (payload.user_id && !payload.user_id->empty()) row.user_id = payload.user_id;
  if (allows_cookies(payload)) {
    const auto known = known_visitor(payload, facts);
    const auto id = known.empty() ? facts.fresh_user_id : known;
    if (!id.empty()) row.user_pseudo_id = clean_text(id, kIdentifierMax, arena);
  }
  const bool has_id = payload.event_id && !payload.event_id->empty();
  row.event_id = has_id ? *payload.event_id : facts.fresh_event_id;
}

}  // namespace rs::enrich
