#include "enrich/traffic_source.h"

#include <algorithm>

#include "base/text.h"

namespace rs::enrich {
namespace {

using Source = row::CollectedTrafficSource;

struct Parameter {
  std::string_view key;
  std::optional<std::string_view> Source::*column;
};
constexpr Parameter kParameters[] = {
    {"utm_id", &Source::manual_campaign_id},
    {"utm_campaign", &Source::manual_campaign_name},
    {"utm_source", &Source::manual_source},
    {"utm_medium", &Source::manual_medium},
    {"utm_term", &Source::manual_term},
    {"utm_content", &Source::manual_content},
    {"utm_source_platform", &Source::manual_source_platform},
    {"utm_creative_format", &Source::manual_creative_format},
    {"utm_marketing_tactic", &Source::manual_marketing_tactic},
    {"gclid", &Source::gclid},
    {"dclid", &Source::dclid},
    {"srsltid", &Source::srsltid},
    {"fbclid", &Source::fbclid},
    {"gbraid", &Source::gbraid},
    {"wbraid", &Source::wbraid},
    {"msclkid", &Source::msclkid},
    {"ttclid", &Source::ttclid},
    {"twclid", &Source::twclid},
    {"li_fat_id", &Source::li_fat_id},
};

// Links have some dozen parameters; what comes after so many is not looked at, so that a megabyte
// of them costs little.
constexpr std::size_t kPairsMax = 1'000;

// Reads the campaign parameters of a query; whether there was one.
bool read_query(std::string_view query, Arena& arena, Source& out) {
  bool any = false;
  const bool encoded = is_encoded(query);
  QueryReader reader(query);
  std::size_t pairs = 0;
  for (QueryPair pair; pairs < kPairsMax && reader.next(pair); ++pairs) {
    if (pair.value.empty()) continue;
    const auto key = encoded ? decode_query_text(pair.key, arena) : pair.key;
    for (const auto& parameter : kParameters) {
      if (parameter.key != key) continue;
      auto& column = out.*parameter.column;
      if (!column) column = encoded ? decode_query_text(pair.value, arena) : pair.value;
      any = true;
      break;
    }
  }
  return any;
}

void replace_campaign(const Source& campaign, Source& out) {
  for (const auto& parameter : kParameters) {
    if (parameter.key.starts_with("utm_")) out.*parameter.column = campaign.*parameter.column;
  }
}

bool can_refer(const Url& url) {
  if (url.host.empty()) return false;
  return url.scheme.empty() || equals_ignoring_case(url.scheme, "http") ||
         equals_ignoring_case(url.scheme, "https") ||
         equals_ignoring_case(url.scheme, "android-app") ||
         equals_ignoring_case(url.scheme, "ios-app");
}

}  // namespace

std::vector<std::string> domains_of_origins(const std::vector<std::string>& origins) {
  std::vector<std::string> out;
  RegistrableDomains domains;
  for (const auto& origin : origins) {
    std::string host = rs::lower_case(split_url(origin).host);
    if (host.starts_with("*.")) host.erase(0, 2);
    const auto domain = domains.find(host);
    if (!domain.empty()) host = domain;
    if (!host.empty() && host != "*") out.push_back(host);
  }
  return out;
}

bool TrafficSources::is_internal(std::string_view host, std::string_view page_host, Arena& arena) {
  if (host == page_host) return true;
  const auto found = domains_.find(host);
  const auto domain = found.empty() ? host : arena.copy(found);
  if (std::find(internal_.begin(), internal_.end(), domain) != internal_.end()) return true;
  return !found.empty() && domains_.find(page_host) == domain;
}

void TrafficSources::add(const Page& page, const Source* campaign, Arena& arena, row::Row& row) {
  Source source;
  bool any = read_query(page.location.query, arena, source);
  if (campaign != nullptr) {
    replace_campaign(*campaign, source);
    any = true;
  } else if ((!source.manual_source || !source.manual_medium) && can_refer(page.referrer)) {
    std::string_view host = lower_case(without_port(page.referrer.host), arena);
    if (!host.empty() && host.size() <= kHostNameMax && !is_internal(host, page.hostname, arena)) {
      const ReferrerRule* rule = referrers_.find(host);
      if (host.starts_with("www.")) host.remove_prefix(4);
      if (!source.manual_source) source.manual_source = rule != nullptr ? rule->source : host;
      if (!source.manual_medium) source.manual_medium = rule != nullptr ? rule->medium : "referral";
      any = true;
    }
  }
  if (any) row.collected_traffic_source = source;
}

}  // namespace rs::enrich
