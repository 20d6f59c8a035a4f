#pragma once
// The visitor cookie `__uid__`: read from the request, set again on the response (sliding life
// time). Contract section 4, step 1; attributes by RFC 6265.

#include <cstdint>
#include <string>
#include <string_view>

namespace rs::collect {

enum class SameSite : std::uint8_t { kNone, kLax, kStrict };

struct CookieSettings {
  std::int64_t max_age_seconds = 63'072'000;  // Two years.
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::kNone;
};

// The value of `__uid__` in a Cookie header: the first valid one. Empty when there is none that is
// printable ASCII and at most 128 characters long: then the visitor counts as new.
[[nodiscard]] std::string_view find_user_id(std::string_view cookie_header);

// Writes Set-Cookie lines; everything but the id and the domain is put together once.
class UserIdCookie {
 public:
  explicit UserIdCookie(const CookieSettings& settings);

  // Appends "Set-Cookie: ...\r\n". `domain` may be empty: then the cookie belongs to the host
  // alone.
  void append_header(std::string& headers, std::string_view id, std::string_view domain) const;

 private:
  std::string attributes_;  // After the domain, with the line end.
};

}  // namespace rs::collect
