#include "enrich/registrable_domain.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "enrich/public_suffixes.h"

namespace rs::enrich {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `host` lower-cased in `out`; its size, or 0 when it is not a host name.
std::size_t normalise(std::string_view host, std::array<char, kHostNameMax>& out) {
  host = without_port(host);
  if (host.empty() || host.size() > kHostNameMax) return 0;
  char previous = '.';  // So that a leading dot is an empty label.
  for (std::size_t i = 0; i < host.size(); ++i) {
    const char c = ascii_lower(host[i]);
    const bool allowed = (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
    if (!allowed || (c == '.' && previous == '.')) return 0;
    out[i] = previous = c;
  }
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
  std::array<char, kHostNameMax> lower;
  const std::string_view name{lower.data(), normalise(host, lower)};
  if (name.empty() || ends_in_number(name)) return out;
  const auto suffix = public_suffix(name);
  if (suffix.size() == name.size()) return out;
  const auto below = name.substr(0, name.size() - suffix.size() - 1);
  const auto domain = name.substr(below.rfind('.') + 1);
  out.size = static_cast<std::uint8_t>(domain.size());
  std::memcpy(out.text.data(), domain.data(), domain.size());
  return out;
}

}  // namespace rs::enrich
