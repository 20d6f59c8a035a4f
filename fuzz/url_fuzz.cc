// URLs and query strings: every part lies inside the text, decoded text is UTF-8, and what is
// worked out about a host name is the same whether remembered or not.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "enrich/referrers.h"
#include "enrich/registrable_domain.h"
#include "enrich/url.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_inside(std::string_view part, std::string_view whole) {
  require(part.empty() || (part.data() >= whole.data() &&
                           part.data() + part.size() <= whole.data() + whole.size()));
}

void check_host(std::string_view host) {
  static rs::enrich::RegistrableDomains remembering;
  static rs::enrich::Referrers referrers;
  const std::string domain(remembering.find(host));
  require(remembering.find(host) == domain);
  require(domain.size() <= host.size());
  if (!domain.empty()) {
    require(remembering.find(domain) == domain);
    require(remembering.find("www." + domain) == domain ||
            domain.size() + 4 > rs::enrich::kHostNameMax);
  }
  const auto* rule = referrers.find(host);
  require(rule == nullptr || !rule->source.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rs::Arena arena;
  arena.clear();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = rs::enrich::split_url(text);
  for (const auto part : {url.scheme, url.host, url.port, url.path, url.query, url.fragment}) {
    require_inside(part, text);
  }
  check_host(url.host);
  check_host(text);

  rs::enrich::QueryReader reader(url.query);
  for (rs::enrich::QueryPair pair; reader.next(pair);) {
    require_inside(pair.key, url.query);
    require_inside(pair.value, url.query);
    const auto decoded = rs::enrich::decode_query_text(pair.value, arena);
    require(rs::find_invalid_utf8(decoded) == std::string_view::npos);
    require(decoded.size() <= 3 * pair.value.size());
  }
  return 0;
}
