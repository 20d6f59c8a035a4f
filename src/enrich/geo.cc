#include "enrich/geo.h"

#include "base/text.h"
#include "enrich/clean_text.h"

namespace rs::enrich {

void add_geo(const event::Payload& payload, const event::Facts& facts, Arena& arena,
             row::Row& row) {
  const auto address = trim(facts.client_ip);
  if (!address.empty()) row.ip = clean_text(address, kClientAddressMax, arena);

  if (payload.geo != nullptr) {
    row.geo = *payload.geo;
    return;
  }
  const auto place = [&](std::string_view header) -> std::optional<std::string_view> {
    header = trim(header);
    if (header.empty()) return std::nullopt;
    return clean_text(header, kGeoNameMax, arena);
  };
  row::Geo geo;
  geo.country = place(facts.geo_country);
  geo.region = place(facts.geo_state);
  geo.city = place(facts.geo_city);
  if (geo.country || geo.region || geo.city) row.geo = geo;
}

}  // namespace rs::enrich
