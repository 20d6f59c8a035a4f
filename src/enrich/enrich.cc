#include "enrich/enrich.h"

#include <memory>

#include "enrich/ecommerce.h"
#include "enrich/event_time.h"
#include "enrich/geo.h"
#include "enrich/identity.h"
#include "enrich/page.h"

namespace rs::enrich {
namespace {

// The columns that are what the client sent.
void add_payload(const event::Payload& payload, const event::Facts& facts, row::Row& row) {
  row.event_name = payload.event_name;
  row.event_params = payload.event_params;
  row.user_properties = payload.user_properties;
  row.privacy_info = payload.privacy_info;
  row.app_info = payload.app_info;
  row.batch_event_index = payload.batch_event_index;
  row.batch_page_id = payload.batch_page_id;
  row.batch_ordering_id = payload.batch_ordering_id;
  row.user_first_touch_timestamp = payload.user_first_touch_timestamp;
  row.event_bundle_sequence_id = facts.bundle_sequence_id;
  row.stream_id = facts.stream_id;
  row.platform = payload.platform.value_or("WEB");
}

}  // namespace

const row::Row& Enricher::run(const event::Payload& payload, const event::Facts& facts) {
  arena_.clear();
  // Without parentheses only the flags are cleared, not 3 KB of columns that have no value.
  auto& row = *::new (static_cast<void*>(&row_)) row::Row;
  const Page page = find_page(payload, arena_);

  add_payload(payload, facts, row);
  time_source_ = add_event_time(payload, facts, arena_, row);
  add_identity(payload, facts, arena_, row);
  device_.add(payload, page, facts, arena_, row);
  add_geo(payload, facts, arena_, row);
  traffic_sources_.add(page, payload.campaign, arena_, row);
  add_ecommerce(payload, arena_, row);
  return row;
}

}  // namespace rs::enrich
