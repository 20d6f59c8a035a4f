#include "collect/cookie.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::collect {
namespace {

constexpr std::size_t kLengthMax = 128;

bool valid(std::string_view id) {
  return !id.empty() && id.size() <= kLengthMax &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

UserIdCookie::UserIdCookie(const CookieSettings& settings)
    : name_(settings.name),
      host_alone_(settings.name.starts_with("__Host-")),
      start_("Set-Cookie: " + settings.name + "=") {
  static constexpr std::string_view kSameSite[] = {"None", "Lax", "Strict"};
  attributes_ =
      fmt::format("; Path=/; Max-Age={}{}{}; SameSite={}\r\n", settings.max_age_seconds,
                  settings.secure ? "; Secure" : "", settings.http_only ? "; HttpOnly" : "",
                  kSameSite[static_cast<int>(settings.same_site)]);
}

std::string_view UserIdCookie::find(std::string_view cookie_header) const {
  while (!cookie_header.empty()) {
    std::string_view value = take_until(cookie_header, ';');
    const auto name = trim(take_until(value, '='));
    if (name != name_) continue;
    value = trim(value);
    if (valid(value)) return value;
  }
  return {};
}

void UserIdCookie::append_header(std::string& headers, std::string_view id,
                                 std::string_view domain) const {
  headers.append(start_).append(id);
  if (!domain.empty() && !host_alone_) headers.append("; Domain=").append(domain);
  headers.append(attributes_);
}

}  // namespace rs::collect
