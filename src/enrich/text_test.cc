#include <string>

#include <gtest/gtest.h>

#include "enrich/accept_language.h"
#include "enrich/clean_text.h"
#include "enrich/public_suffixes.h"
#include "enrich/referrers.h"
#include "enrich/registrable_domain.h"
#include "enrich/url.h"

// The small readers that know nothing of rows.

namespace rs::enrich {
namespace {

TEST(Url, IsCutAsBrowsersMeanIt) {
  struct Case {
    const char *text, *scheme, *host, *port, *path, *query, *fragment;
  };
  const Case cases[] = {
      {"https://www.shop.example/a/b?x=1&y=2#top", "https", "www.shop.example", "", "/a/b",
       "x=1&y=2", "top"},
      {"http://localhost:8000/", "http", "localhost", "8000", "/", "", ""},
      {"https://user:pass@host.example:1/p", "https", "host.example", "1", "/p", "", ""},
      {"https://a@b@host.example", "https", "host.example", "", "", "", ""},
      {"https://[2001:db8::1]:8443/p", "https", "[2001:db8::1]", "8443", "/p", "", ""},
      {"https://[2001:db8::1", "https", "[2001:db8::1", "", "", "", ""},
      {"https://host.example?q=1", "https", "host.example", "", "", "q=1", ""},
      {"https://host.example#a?b", "https", "host.example", "", "", "", "a?b"},
      {"https://host.example/?a=b?c#d#e", "https", "host.example", "", "/", "a=b?c", "d#e"},
      {"https:\\\\host.example\\p", "https", "host.example", "", "\\p", "", ""},
      {"//host.example/p", "", "host.example", "", "/p", "", ""},
      {"/only/path?q=http://x/", "", "", "", "/only/path", "q=http://x/", ""},
      {"page.html", "", "", "", "page.html", "", ""},
      {"about:blank", "about", "", "", "blank", "", ""},
      {"android-app://com.google.android.gm/", "android-app", "com.google.android.gm", "", "/", "",
       ""},
      {" https://host.example ", "https", "host.example", "", "", "", ""},
      {"1http://host.example", "", "", "", "1http://host.example", "", ""},
      {"https://", "https", "", "", "", "", ""},
      {"", "", "", "", "", "", ""},
  };
  for (const auto& c : cases) {
    const Url url = split_url(c.text);
    EXPECT_EQ(url.scheme, c.scheme) << c.text;
    EXPECT_EQ(url.host, c.host) << c.text;
    EXPECT_EQ(url.port, c.port) << c.text;
    EXPECT_EQ(url.path, c.path) << c.text;
    EXPECT_EQ(url.query, c.query) << c.text;
    EXPECT_EQ(url.fragment, c.fragment) << c.text;
  }
}

TEST(Query, GivesItsPairsInOrder) {
  QueryReader reader("a=1&&b&=2&c=d=e&");
  QueryPair pair;
  const std::pair<const char*, const char*> expected[] = {
      {"a", "1"}, {"b", ""}, {"", "2"}, {"c", "d=e"}};
  for (const auto& [key, value] : expected) {
    ASSERT_TRUE(reader.next(pair));
    EXPECT_EQ(pair.key, key);
    EXPECT_EQ(pair.value, value);
  }
  EXPECT_FALSE(reader.next(pair));
}

TEST(Query, DecodesAsAFormWould) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"a+b%20c", "a b c"},
      {"gr%C3%BC%c3%9f", "gr\xc3\xbc\xc3\x9f"},
      {"100%", "100%"},
      {"%zz%4", "%zz%4"},
      {"%2525", "%25"},
      {"%ff!", "\xef\xbf\xbd!"},
      {"%c3", "\xef\xbf\xbd"},
      {"%ed%a0%80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"", ""},
  };
  Arena arena;
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(decode_query_text(text, arena), expected) << text;
}

TEST(RegistrableDomain, IsThePartThatSomebodyRegistered) {
  const std::pair<const char*, const char*> cases[] = {
      {"www.example.co.uk", "example.co.uk"},
      {"example.co.uk", "example.co.uk"},
      {"a.b.c.example.com", "example.com"},
      {"WWW.Example.COM", "example.com"},
      {"www.example.com:8443", "example.com"},
      {"www.example.com.", "example.com"},
      {"www.example.com.:80", "example.com"},
      {"shop.github.io", "shop.github.io"},
      {"www.xn--mller-kva.de", "xn--mller-kva.de"},
      {"my_host.example.com", "example.com"},
      {"www.city.kawasaki.jp", "city.kawasaki.jp"},
      // None:
      {"co.uk", ""},
      {"github.io", ""},
      {"com", ""},
      {"localhost", ""},
      {"localhost:8000", ""},
      {"1.2.3.4", ""},
      {"1.2.3.4:80", ""},
      {"[::1]", ""},
      {"[2001:db8::1]:443", ""},
      {"2001:db8::1", ""},
      {"a.b.1", ""},
      {"", ""},
      {".", ""},
      {"..", ""},
      {".example.com", ""},
      {"www..example.com", ""},
      {"www.example.com..", ""},
      {"ex ample.com", ""},
      {"example.com/path", ""},
      {"www.m\xc3\xbcller.de", ""},
  };
  RegistrableDomains domains;
  for (int round = 0; round < 2; ++round) {  // The second is answered from memory.
    for (const auto& [host, domain] : cases) EXPECT_EQ(domains.find(host), domain) << host;
  }
}

TEST(RegistrableDomain, TakesHostsOfAnyLength) {
  RegistrableDomains domains;
  const std::string label(63, 'a');
  const std::string longest =
      label + "." + label + "." + label + "." + std::string(57, 'b') + ".com";
  ASSERT_EQ(longest.size(), kHostNameMax);
  EXPECT_EQ(domains.find(longest), std::string(57, 'b') + ".com");
  EXPECT_EQ(domains.find("a" + longest), "");
  EXPECT_EQ(domains.find(std::string(100'000, 'a') + ".com"), "");
}

TEST(RegistrableDomain, GivesTheSameAnswersWhenManyHostsEvictEachOther) {
  RegistrableDomains domains;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3'000; ++i) {
      const std::string domain = "example" + std::to_string(i) + ".com";
      ASSERT_EQ(domains.find("www." + domain), domain);
    }
  }
}

TEST(IcannSuffix, IsWhatRegistriesSell) {
  for (const char* yes : {"com", "uk", "co.uk", "de", "anything.ck"})
    EXPECT_TRUE(is_icann_suffix(yes)) << yes;
  for (const char* no : {"github.io", "blogspot.com", "evil.com", "nosuchtld", "", "1", "www.ck",
                         "city.kawasaki.jp"}) {
    EXPECT_FALSE(is_icann_suffix(no)) << no;
  }
}

TEST(Referrers, KnowsWhatKindOfSiteAHostIs) {
  struct Case {
    const char *host, *source, *medium;
  };
  const Case cases[] = {
      {"www.google.com", "google", "organic"},
      {"google.com", "google", "organic"},
      {"www.google.co.uk", "google", "organic"},
      {"google.com.au", "google", "organic"},
      {"images.google.de", "google", "organic"},
      {"com.google.android.googlequicksearchbox", "google", "organic"},
      {"www.bing.com", "bing", "organic"},
      {"cn.bing.com", "bing", "organic"},
      {"de.search.yahoo.com", "yahoo", "organic"},
      {"search.yahoo.co.jp", "yahoo", "organic"},
      {"duckduckgo.com", "duckduckgo", "organic"},
      {"www.baidu.com", "baidu", "organic"},
      {"yandex.com.tr", "yandex", "organic"},
      {"www.ecosia.org", "ecosia", "organic"},
      {"search.brave.com", "brave", "organic"},
      {"www.facebook.com", "facebook", "social"},
      {"l.facebook.com", "facebook", "social"},
      {"m.facebook.com", "facebook", "social"},
      {"t.co", "twitter", "social"},
      {"x.com", "twitter", "social"},
      {"www.linkedin.com", "linkedin", "social"},
      {"old.reddit.com", "reddit", "social"},
      {"youtu.be", "youtube", "social"},
      {"com.linkedin.android", "linkedin", "social"},
      {"chatgpt.com", "chatgpt", "ai-assistant"},
      {"chat.openai.com", "chatgpt", "ai-assistant"},
      {"claude.ai", "claude", "ai-assistant"},
      {"gemini.google.com", "gemini", "ai-assistant"},
      {"www.perplexity.ai", "perplexity", "ai-assistant"},
      {"copilot.microsoft.com", "copilot", "ai-assistant"},
      {"mail.google.com", "gmail", "email"},
      {"com.google.android.gm", "gmail", "email"},
      {"eu.mail.yahoo.com", "yahoo-mail", "email"},
      {"outlook.live.com", "outlook", "email"},
      {"mail.yandex.ru", "yandex-mail", "email"},
  };
  Referrers referrers;
  for (int round = 0; round < 2; ++round) {
    for (const auto& c : cases) {
      const ReferrerRule* rule = referrers.find(c.host);
      ASSERT_NE(rule, nullptr) << c.host;
      EXPECT_EQ(rule->source, c.source) << c.host;
      EXPECT_EQ(rule->medium, c.medium) << c.host;
    }
  }
}

TEST(Referrers, AreNotFooledByHostsThatLookAlike) {
  Referrers referrers;
  for (const char* host : {"notgoogle.com",
                           "google.evil.com",
                           "google.com.evil.com",
                           "google.blogspot.com",
                           "google.github.io",
                           "google.nosuchtld",
                           "docs.google.com",
                           "xfacebook.com",
                           "facebook.com.evil.com",
                           "finance.yahoo.com",
                           "reddit.com.co",
                           "notx.com",
                           "google",
                           "co.uk",
                           "com",
                           "",
                           "www.",
                           ".",
                           "1.2.3.4",
                           "google.*",
                           "*"}) {
    EXPECT_EQ(referrers.find(host), nullptr) << host;
  }
}

TEST(AcceptLanguage, LooksAtTheFirstHundred) {
  Arena arena;
  std::string header;
  for (int i = 0; i < 99; ++i) header += "en;q=0.1,";
  EXPECT_EQ(preferred_language(header + "de", arena), "de");
  EXPECT_EQ(preferred_language(header + "en;q=0.1,de", arena), "en");
}

TEST(AcceptLanguage, TakesTheMostWantedTagInLowerCase) {
  const std::pair<const char*, const char*> cases[] = {
      {"en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7", "en-gb"},
      {"en;q=0.8,de-DE;q=0.9", "de-de"},
      {"en;q=0.8,de;q=0.8", "en"},
      {"fr;q=0.001, es;Q=1.000 , it", "es"},
      {"*,en;q=0.5", "en"},
      {"*", ""},
      {"en;q=0", ""},
      {"en;q=0,de;q=0.1", "de"},
      {"zh-Hant-TW", "zh-hant-tw"},
      {"es-419,es;q=0.9", "es-419"},
      {"en_US", "en-us"},
      {" de ; q=0.5 , fr ; q=0.4 ", "de"},
      {"en;q=oops,de;q=0.5", "de"},
      {"en;q=oops", "en"},
      {"en;level=1;q=0.2,de;q=0.3", "de"},
      {"en;q=7,de", "de"},
      {"abcdefghi,de;q=0.1", "de"},
      {"-en,en-,e--n,12,d3,\xff\xfe,pl;q=0.1", "pl"},
      {",,;;q=1,", ""},
      {"", ""},
  };
  Arena arena;
  for (const auto& [header, language] : cases) {
    EXPECT_EQ(preferred_language(header, arena), language) << header;
  }
  EXPECT_EQ(preferred_language("en-" + std::string(500, 'a') + ",de;q=0.1", arena), "de");
}

TEST(CleanText, RepairsAndCutsBetweenCharacters) {
  struct Case {
    std::string text;
    std::size_t bytes_max;
    std::string expected;
  };
  const std::string bad = "\xef\xbf\xbd";
  const Case cases[] = {
      {"plain", 10, "plain"},
      {"plain", 3, "pla"},
      {"", 3, ""},
      {"M\xc3\xbcnchen", 20, "M\xc3\xbcnchen"},
      {"M\xc3\xbcnchen", 2, "M"},
      {"M\xc3\xbcnchen", 3, "M\xc3\xbc"},
      {"a\xff"
       "b",
       20, "a" + bad + "b"},
      {"a\xff"
       "b",
       3, "a"},
      {"a\xff"
       "b",
       4, "a" + bad},
      {"\xc3", 20, bad},
      {"M\xfcnchen", 20, "M" + bad + "nchen"},
      {"12345678\xe2\x82\xac", 10, "12345678"},
      {"12345678\xe2\x82\xac", 11, "12345678\xe2\x82\xac"},
      {std::string(100, '\xff'), 9, bad + bad + bad},
      {std::string("a\0b", 3), 9, std::string("a\0b", 3)},
  };
  Arena arena;
  for (const auto& c : cases)
    EXPECT_EQ(clean_text(c.text, c.bytes_max, arena), c.expected) << c.text;
}

}  // namespace
}  // namespace rs::enrich
