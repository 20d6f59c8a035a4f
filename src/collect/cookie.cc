#include "collect/cookie.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::collect {
namespace {

constexpr std::string_view kName = "__uid__";
constexpr std::size_t kLengthMax = 128;

bool valid(std::string_view id) {
  return !id.empty() && id.size() <= kLengthMax &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string_view find_user_id(std::string_view cookie_header) {
  while (!cookie_header.empty()) {
    std::string_view value = take_until(cookie_header, ';');
    const auto name = trim(take_until(value, '='));
    value = trim(value);
    if (name == kName && valid(value)) return value;
  }
  return {};
}

UserIdCookie::UserIdCookie(const CookieSettings& settings) {
  static constexpr std::string_view kSameSite[] = {"None", "Lax", "Strict"};
  attributes_ =
      fmt::format("; Path=/; Max-Age={}{}{}; SameSite={}\r\n", settings.max_age_seconds,
                  settings.secure ? "; Secure" : "", settings.http_only ? "; HttpOnly" : "",
                  kSameSite[static_cast<int>(settings.same_site)]);
}

void UserIdCookie::append_header(std::string& headers, std::string_view id,
                                 std::string_view domain) const {
  headers.append("Set-Cookie: __uid__=").append(id);
  if (!domain.empty()) headers.append("; Domain=").append(domain);
  headers.append(attributes_);
}

}  // namespace rs::collect
