#include "enrich/registrable_domain.h"

#include <algorithm>
#include <cstring>

#include <libpsl.h>

#include "base/text.h"

namespace rs::enrich {
namespace {

const psl_ctx_t* public_suffixes() {
  // Never freed: threads may still ask while the program ends. Read-only after this.
  static const psl_ctx_t* const list = [] {
    const psl_ctx_t* latest = psl_latest(nullptr);
    return latest != nullptr ? latest : psl_builtin();
  }();
  return list;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `host` lower-cased and terminated in `out`; its size, or 0 when it is no host name.
std::size_t normalise(std::string_view host, std::array<char, kHostNameMax + 1>& out) {
  host = without_port(host);
  if (host.empty() || host.size() > kHostNameMax) return 0;
  char previous = '.';  // So that a leading dot is an empty label.
  for (std::size_t i = 0; i < host.size(); ++i) {
    const char c = ascii_lower(host[i]);
    const bool allowed = (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
    if (!allowed || (c == '.' && previous == '.')) return 0;
    out[i] = previous = c;
  }
  out[host.size()] = '\0';
  return previous == '.' ? 0 : host.size();
}

// A host whose last label is a number is an IPv4 address or nothing (URL standard, "ends in a
// number checker"); hexadecimal ones have no registered suffix and need no check of their own.
bool ends_in_number(std::string_view host) {
  const auto label = host.substr(host.rfind('.') + 1);
  return std::all_of(label.begin(), label.end(), is_digit);
}

}  // namespace

std::string_view without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos &&
      std::all_of(host.begin() + static_cast<std::ptrdiff_t>(colon) + 1, host.end(), is_digit)) {
    host = host.substr(0, colon);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

std::string_view RegistrableDomains::find(std::string_view host) {
  return cache_.get(host, [&] { return compute(host); }).view();
}

RegistrableDomains::Domain RegistrableDomains::compute(std::string_view host) {
  Domain out;
  std::array<char, kHostNameMax + 1> name;
  const std::size_t size = normalise(host, name);
  if (size == 0 || ends_in_number({name.data(), size})) return out;
  const char* domain = psl_registrable_domain(public_suffixes(), name.data());
  if (domain == nullptr) return out;
  const std::string_view found(domain);
  out.size = static_cast<std::uint8_t>(found.size());
  std::memcpy(out.text.data(), found.data(), found.size());
  return out;
}

bool is_icann_suffix(std::string_view domain) {
  std::array<char, kHostNameMax + 1> name;
  if (normalise(domain, name) == 0) return false;
  return psl_is_public_suffix2(public_suffixes(), name.data(),
                               PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

}  // namespace rs::enrich
