#pragma once
// One line of the table that tools/compile_referrers.py makes from data/referrers.

#include <span>
#include <string_view>

namespace rs::enrich {

struct ReferrerRule {
  std::string_view host;  // Lower-case, without "www."; "google.*" is any public suffix.
  bool below;             // Also matches what is below the host.
  std::string_view source, medium;
};

// Sorted by host.
[[nodiscard]] std::span<const ReferrerRule> referrer_rules();

}  // namespace rs::enrich
