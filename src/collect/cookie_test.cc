#include "collect/cookie.h"

#include <gtest/gtest.h>

namespace rs::collect {
namespace {

TEST(UserIdCookie, IsFoundAmongOthers) {
  const UserIdCookie cookie{CookieSettings{}};
  const struct {
    const char* header;
    const char* id;
  } cases[] = {
      {"__uid__=abc", "abc"},
      {"_ga=GA1.1.2.3; __uid__=abc; x=y", "abc"},
      {"_ga=1;__uid__=abc", "abc"},
      {"a=b; __uid__ = spaced ; c=d", "spaced"},
      {"__uid__=first; __uid__=second", "first"},
      {"__uid__=; __uid__=second", "second"},
      {"__uid__=a=b", "a=b"},
      {"x__uid__=no; __uid__x=no", ""},
      {"__UID__=no", ""},
      {"__uid__", ""},
      {"", ""},
      {";;;=;", ""},
  };
  for (const auto& [header, id] : cases) EXPECT_EQ(cookie.find(header), id) << header;
}

TEST(UserIdCookie, IsIgnoredWhenItIsNotPrintableAsciiOrTooLong) {
  const UserIdCookie cookie{CookieSettings{}};
  EXPECT_EQ(cookie.find("__uid__=" + std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(cookie.find("__uid__=" + std::string(129, 'x')), "");
  EXPECT_EQ(cookie.find("__uid__=a b"), "");
  EXPECT_EQ(cookie.find("__uid__=gr\xc3\xbc"), "");
  EXPECT_EQ(cookie.find(std::string("__uid__=a\x7f") + "b"), "");
}

TEST(UserIdCookie, HasTheNameOfItsSettings) {
  const UserIdCookie cookie({.name = "__session"});
  EXPECT_EQ(cookie.find("__uid__=a; __session=b"), "b");
  EXPECT_EQ(cookie.find("__uid__=a"), "");
  std::string headers;
  cookie.append_header(headers, "abc", "example.com");
  EXPECT_EQ(headers,
            "Set-Cookie: __session=abc; Domain=example.com; Path=/; Max-Age=63072000; Secure; "
            "HttpOnly; SameSite=None\r\n");
}

TEST(UserIdCookie, HasNoDomainWhenItsNameSaysSo) {
  std::string headers;
  UserIdCookie({.name = "__Host-uid"}).append_header(headers, "abc", "example.com");
  EXPECT_EQ(headers.find("Domain="), std::string::npos);
}

TEST(UserIdCookie, CarriesTheAttributesOfItsSettings) {
  std::string headers;
  UserIdCookie(CookieSettings{}).append_header(headers, "abc", "example.co.uk");
  EXPECT_EQ(headers,
            "Set-Cookie: __uid__=abc; Domain=example.co.uk; Path=/; Max-Age=63072000; Secure; "
            "HttpOnly; SameSite=None\r\n");
  headers.clear();
  UserIdCookie(
      {.max_age_seconds = 60, .secure = false, .http_only = false, .same_site = SameSite::kLax})
      .append_header(headers, "abc", "");
  EXPECT_EQ(headers, "Set-Cookie: __uid__=abc; Path=/; Max-Age=60; SameSite=Lax\r\n");
}

}  // namespace
}  // namespace rs::collect
