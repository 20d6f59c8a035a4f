#pragma once
// Step 4: what brought the visitor. From the query of page_location and from page_referrer.
//   source = utm_source, else the name of the referrer
//   medium = utm_medium, else what the referrer is: organic, social, ai-assistant, email, referral
// A referrer on the page's own registrable domain, or on one of the allowed origins' domains, is
// internal and says nothing; so does one that is no web site or app (about:blank). A direct visit
// leaves everything NULL.
// Choices:
// - The name of a listed referrer is its short name (google), of any other its host without "www.".
// - utm_source and utm_medium are looked at one by one: a link with utm_source only still takes its
//   medium from the referrer, as GA4's collected_traffic_source does.
// - A campaign that the protocol brings beside the page (gtag's cs, cm, cn, ...) replaces all of
// the
//   query's and the referrer's.
// - Click ids fill their own columns and never source or medium: fbclid is added to unpaid links
//   too, and GA4 leaves gclid visits with the referrer's source, which published SQL expects.
// - No "(organic)" or "(referral)" is made up as a campaign name.
// - Keys are exact (lower-case), values kept as sent, decoded; the first of repeated keys counts;
//   an empty value is no value. Only the query counts, not the fragment, and of it the first 1,000.
// Source: BigQuery export documentation of collected_traffic_source; GA4 campaign parameters.

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "enrich/page.h"
#include "enrich/referrers.h"
#include "enrich/registrable_domain.h"
#include "row/row.h"

namespace rs::enrich {

// The registrable domains of origins ("https://www.example.com:8443", "https://*.example.com"), or
// their hosts where there is none (localhost). "*" names no domain.
[[nodiscard]] std::vector<std::string> domains_of_origins(const std::vector<std::string>& origins);

class TrafficSources {
 public:
  explicit TrafficSources(const std::vector<std::string>& allowed_origins)
      : internal_(domains_of_origins(allowed_origins)) {}

  void add(const Page& page, const row::CollectedTrafficSource* campaign, Arena& arena,
           row::Row& row);

 private:
  [[nodiscard]] bool is_internal(std::string_view host, std::string_view page_host, Arena& arena);

  const std::vector<std::string> internal_;
  RegistrableDomains domains_;
  Referrers referrers_;
};

}  // namespace rs::enrich
