#include "enrich/referrers.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "enrich/public_suffixes.h"
#include "enrich/registrable_domain.h"

namespace rs::enrich {
namespace {

const ReferrerRule* find_rule(std::string_view host) {
  const auto rules = referrer_rules();
  const auto found = std::lower_bound(
      rules.begin(), rules.end(), host,
      [](const ReferrerRule& rule, std::string_view name) { return rule.host < name; });
  return found != rules.end() && found->host == host ? &*found : nullptr;
}

// Rules name so many labels at most; a host of a hundred costs no more than another.
constexpr std::size_t kRuleLabelsMax = 8;

// images.google.co.uk -> images.google.*, for each end of the host that is a public suffix.
const ReferrerRule* find_under_any_suffix(std::string_view host) {
  std::array<char, kHostNameMax + 1> pattern;
  host = last_labels(host, kRuleLabelsMax);
  if (host.size() >= pattern.size()) return nullptr;
  for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    if (!is_icann_suffix(host.substr(dot + 1))) continue;
    std::memcpy(pattern.data(), host.data(), dot + 1);
    pattern[dot + 1] = '*';
    if (const auto* rule = find_rule({pattern.data(), dot + 2})) return rule;
  }
  return nullptr;
}

const ReferrerRule* find_above(std::string_view host) {
  host = last_labels(host, kRuleLabelsMax);
  for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.')) {
    host.remove_prefix(dot + 1);
    const auto* rule = find_rule(host);
    if (rule != nullptr && rule->below) return rule;
  }
  return nullptr;
}

}  // namespace

const ReferrerRule* Referrers::find(std::string_view host) {
  return cache_.get(host, [&]() -> const ReferrerRule* {
    if (host.ends_with('*')) return nullptr;  // Not a host: patterns are written so.
    if (host.starts_with("www.")) host.remove_prefix(4);
    if (const auto* rule = find_rule(host)) return rule;
    if (const auto* rule = find_under_any_suffix(host)) return rule;
    return find_above(host);
  });
}

}  // namespace rs::enrich
