#include "enrich/page.h"

#include <algorithm>

#include "base/text.h"
#include "enrich/registrable_domain.h"

namespace rs::enrich {

std::string_view lower_case(std::string_view text, Arena& arena) {
  if (std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return text;
  char* const out = arena.allocate(text.size());
  std::transform(text.begin(), text.end(), out, ascii_lower);
  return {out, text.size()};
}

Page find_page(const event::Payload& payload, Arena& arena) {
  Page page;
  page.hostname = payload.hostname;
  bool ignores_referrer = false;
  for (const auto& param : payload.event_params) {
    const std::string_view key = *param.key;
    if (!param.value || !param.value->string_value) continue;
    if (key == "ignore_referrer") ignores_referrer = *param.value->string_value == "true";
    if (!key.starts_with("page_")) continue;
    const std::string_view value = *param.value->string_value;
    if (key == "page_location") {
      page.location = split_url(value);
    } else if (key == "page_referrer") {
      page.referrer = split_url(value);
    } else if (key == "page_hostname") {
      page.hostname = value;
    }
  }
  if (ignores_referrer) page.referrer = {};
  if (!page.location.host.empty()) page.hostname = page.location.host;
  if (page.hostname.size() > kHostNameMax) page.hostname = {};  // No host is that long.
  page.hostname = lower_case(page.hostname, arena);
  return page;
}

}  // namespace rs::enrich
