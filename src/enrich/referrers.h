#pragma once
// What kind of site a referrer is: search engine, social network, AI assistant, web mail, or a
// plain link from somewhere. By the lists of data/referrers, whose SOURCE.md says how they match.
// Not thread-safe: one per request thread, which remembers the hosts it has seen.

#include <string_view>

#include "enrich/host_cache.h"
#include "enrich/referrer_rule.h"

namespace rs::enrich {

class Referrers {
 public:
  // The rule for a lower-case host without port; null for a site that no list names.
  [[nodiscard]] const ReferrerRule* find(std::string_view host);

 private:
  HostCache<const ReferrerRule*> cache_;
};

}  // namespace rs::enrich
