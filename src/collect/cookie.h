#pragma once
// The visitor's cookie, `__uid__` by default: read from the request, set again on the response
// (sliding life time). Contract section 4, step 1; attributes by RFC 6265.

#include <cstdint>
#include <string>
#include <string_view>

namespace rs::collect {

enum class SameSite : std::uint8_t { kNone, kLax, kStrict };

struct CookieSettings {
  std::string name = "__uid__";
  std::string domain = {};  // Instead of the registrable domain of the request's host; empty: that.
  std::int64_t max_age_seconds = 63'072'000;  // Two years.
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::kNone;
};

// Reads Cookie and writes Set-Cookie lines; everything but the id and the domain is put together
// once.
class UserIdCookie {
 public:
  explicit UserIdCookie(const CookieSettings& settings);

  // The value of the cookie in a Cookie header: the first valid one. Empty when there is none that
  // is printable ASCII and at most 128 characters long: then the visitor counts as new.
  [[nodiscard]] std::string_view find(std::string_view cookie_header) const;

  // Appends "Set-Cookie: ...\r\n". `domain` may be empty: then the cookie belongs to the host
  // alone. A name with __Host- never has a domain.
  void append_header(std::string& headers, std::string_view id, std::string_view domain) const;

 private:
  std::string name_;
  bool host_alone_;
  std::string start_;       // "Set-Cookie: __uid__="
  std::string attributes_;  // After the domain, with the line end.
};

}  // namespace rs::collect
