#include "settings/value_text.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace rs::settings {
namespace {

struct Case {
  std::string_view text;
  std::string_view tidied;  // Null when it does not fit.
};

template <std::size_t kCount>
void check(Result<std::string> (*tidy)(std::string_view), const Case (&cases)[kCount]) {
  for (const auto& [text, tidied] : cases) {
    const auto result = tidy(text);
    ASSERT_EQ(result.has_value(), tidied.data() != nullptr) << text;
    if (result) {
      EXPECT_EQ(*result, tidied);
    } else {
      EXPECT_EQ(result.error().message.substr(0, 8), "must be ");
    }
  }
}

TEST(Origin, IsWhatABrowserSends) {
  check(allowed_origin, {{"https://example.com", "https://example.com"},
                         {"HTTPS://Example.COM", "https://example.com"},
                         {"https://example.com:443", "https://example.com"},
                         {"http://example.com:80", "http://example.com"},
                         {"https://example.com:80", "https://example.com:80"},
                         {"http://localhost:3000", "http://localhost:3000"},
                         {"http://127.0.0.1", "http://127.0.0.1"},
                         {"http://[::1]:3000", "http://[::1]:3000"},
                         {"http://[::1]", "http://[::1]"},
                         {"https://*.example.com", "https://*.example.com"},
                         {"chrome-extension://abcdef", "chrome-extension://abcdef"},
                         {"*", "*"},
                         {"example.com", {}},
                         {"*.example.com", {}},
                         {"https://", {}},
                         {"https://example.com/", {}},
                         {"https://example.com/a", {}},
                         {"https://example.com:99999", {}},
                         {"https://example.com:x", {}},
                         {"https://ex*mple.com", {}},
                         {"https://*", {}},
                         {"https://*.", {}},
                         {"https://a..b", {}},
                         {"https://user@example.com", {}},
                         {"null", {}}});
}

TEST(UrlPath, BeginsWithASlashAndEndsWithNone) {
  check(url_path, {{"/api", "/api"},
                   {"/api/", "/api"},
                   {"/a/b-c_d.e~f", "/a/b-c_d.e~f"},
                   {"/", ""},
                   {"api", {}},
                   {"/a b", {}},
                   {"/a?b", {}},
                   {"/a%20", {}},
                   {"//a", {}}});
  check(url_path_not_empty, {{"/streaming", "/streaming"}, {"/", {}}, {"x", {}}});
}

TEST(ListeningAddress, IsAnIpAddress) {
  check(listening_address, {{"0.0.0.0", "0.0.0.0"},
                            {"127.0.0.1", "127.0.0.1"},
                            {"localhost", "127.0.0.1"},
                            {"::", "::"},
                            {"[::1]", "::1"},
                            {"example.com", {}},
                            {"1.2.3", {}},
                            {"0.0.0.0:8000", {}}});
}

TEST(Network, IsAnAddressARangeOrAWord) {
  check(network, {{"10.0.0.1", "10.0.0.1"},
                  {"10.0.0.0/8", "10.0.0.0/8"},
                  {"2001:DB8::/32", "2001:db8::/32"},
                  {"::1", "::1"},
                  {"Private", "private"},
                  {"loopback", "loopback"},
                  {"10.0.0.0/33", {}},
                  {"10.0.0.0/", {}},
                  {"10.0.0.0/a", {}},
                  {"::/129", {}},
                  {"all", {}}});
}

TEST(CookieNames, AreTokens) {
  check(cookie_name,
        {{"__uid__", "__uid__"}, {"__session", "__session"}, {"a=b", {}}, {"a;b", {}}});
}

TEST(CookieDomains, AreWhatBrowsersTake) {
  check(cookie_domain, {{"example.com", "example.com"},
                        {".Example.com", "example.com"},
                        {"www.shop.example.co.uk", "www.shop.example.co.uk"},
                        {"intranet.local", "intranet.local"},
                        {"co.uk", {}},
                        {"github.io", {}},
                        {"localhost", {}},
                        {"10.0.0.1", {}},
                        {"example.com:8000", {}},
                        {"example.com.", {}},
                        {"https://example.com", {}},
                        {"..example.com", {}}});
}

TEST(GoogleNames, AreIdsWithoutTheirPath) {
  check(project_id, {{"my-project-1", "my-project-1"},
                     {"example.com:demo", "example.com:demo"},
                     {"projects/demo", {}},
                     {"1demo", {}}});
  check(dataset_id, {{"analytics_123", "analytics_123"}, {"demo.analytics", {}}, {"a-b", {}}});
  check(table_id, {{"events", "events"}, {"events-raw", "events-raw"}, {"analytics.events", {}}});
  check(pubsub_id,
        {{"events", "events"}, {"projects/p/topics/events", {}}, {"ab", {}}, {"1ab", {}}});
}

TEST(HeaderAndMethodNames, AreTokens) {
  check(header_name, {{"Content-Type", "Content-Type"}, {"a b", {}}, {"a:b", {}}, {"a\r\nb", {}}});
  check(http_method, {{"post", "POST"}, {"GET", "GET"}, {"G T", {}}});
}

TEST(EnvironmentName, IsQaInWhateverCase) {
  check(environment_name, {{"qa", "QA"}, {"Qa", "QA"}, {"production", "production"}});
}

TEST(ExistingFolder, IsOneThatExists) {
  check(existing_folder, {{"/", "/"}, {"/proc/self/nothing", {}}, {"/proc/self/stat", {}}});
}

}  // namespace
}  // namespace rs::settings
