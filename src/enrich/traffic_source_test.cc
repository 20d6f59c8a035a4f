#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "enrich/test_event.h"

namespace rs::enrich {
namespace {

using Source = row::CollectedTrafficSource;

// A row's traffic source as "column=value;..." in the order of the columns; "NULL" for none.
std::string describe(const std::optional<Source>& source) {
  if (!source) return "NULL";
  const std::pair<const char*, std::optional<std::string_view> Source::*> columns[] = {
      {"id", &Source::manual_campaign_id},
      {"campaign", &Source::manual_campaign_name},
      {"source", &Source::manual_source},
      {"medium", &Source::manual_medium},
      {"term", &Source::manual_term},
      {"content", &Source::manual_content},
      {"platform", &Source::manual_source_platform},
      {"format", &Source::manual_creative_format},
      {"tactic", &Source::manual_marketing_tactic},
      {"gclid", &Source::gclid},
      {"dclid", &Source::dclid},
      {"srsltid", &Source::srsltid},
      {"fbclid", &Source::fbclid},
      {"gbraid", &Source::gbraid},
      {"wbraid", &Source::wbraid},
      {"msclkid", &Source::msclkid},
      {"ttclid", &Source::ttclid},
      {"twclid", &Source::twclid},
      {"li_fat_id", &Source::li_fat_id},
  };
  std::string out;
  for (const auto& [name, member] : columns) {
    if ((*source).*member) out += fmt::format("{}={};", name, *((*source).*member));
  }
  return out;
}

std::string page_params(const std::string& location, const std::string& referrer) {
  return fmt::format(
      R"("event_params":[{{"key":"page_location","value":{{"string_value":"{}"}}}},{{"key":"page_referrer","value":{{"string_value":"{}"}}}}])",
      location, referrer);
}

struct Case {
  const char *location, *referrer, *expected;
};

void expect_sources(TestEvent& event, std::initializer_list<Case> cases) {
  for (const auto& c : cases) {
    EXPECT_EQ(
        describe(
            event.row("page_view", page_params(c.location, c.referrer)).collected_traffic_source),
        c.expected)
        << c.location << " from " << c.referrer;
  }
}

TEST(TrafficSource, ReadsEveryCampaignParameter) {
  TestEvent event;
  expect_sources(
      event,
      {{"https://shop.example/"
        "?utm_id=i&utm_campaign=c&utm_source=s&utm_medium=m&utm_term=t&utm_content=n&utm_source_"
        "platform=p&utm_creative_format=f&utm_marketing_tactic=a",
        "", "id=i;campaign=c;source=s;medium=m;term=t;content=n;platform=p;format=f;tactic=a;"},
       {"https://shop.example/?utm_campaign=Spring+Sale%21%20gr%C3%BCn", "",
        "campaign=Spring Sale! gr\xc3\xbcn;"},
       {"https://shop.example/?a=1&utm%5Fsource=x&utm_medium=y#utm_term=z", "",
        "source=x;medium=y;"},
       {"https://shop.example/?utm_source=a&utm_source=b&UTM_MEDIUM=m", "", "source=a;"},
       {"https://shop.example/?utm_source=&utm_medium=&utm_campaign=", "", "NULL"},
       {"/path?utm_source=s&utm_medium=m", "", "source=s;medium=m;"}});
}

TEST(TrafficSource, ReadsEveryClickIdThatHasAColumn) {
  TestEvent event;
  expect_sources(event, {{"https://shop.example/"
                          "?gclid=1&dclid=2&srsltid=3&fbclid=4&gbraid=5&wbraid=6&msclkid=7&ttclid="
                          "8&twclid=9&li_fat_id=10",
                          "",
                          "gclid=1;dclid=2;srsltid=3;fbclid=4;gbraid=5;wbraid=6;msclkid=7;ttclid=8;"
                          "twclid=9;li_fat_id=10;"}});
}

TEST(TrafficSource, LeavesSourceAndMediumToTheReferrerWhenThereIsOnlyAClickId) {
  TestEvent event;
  expect_sources(event, {{"https://shop.example/?gclid=abc", "https://www.google.com/",
                          "source=google;medium=organic;gclid=abc;"},
                         {"https://shop.example/?gclid=abc", "", "gclid=abc;"}});
}

TEST(TrafficSource, TakesTheReferrerForWhatItIs) {
  TestEvent event;
  expect_sources(
      event,
      {{"https://shop.example/", "https://www.google.com/", "source=google;medium=organic;"},
       {"https://shop.example/", "https://www.google.co.uk/search?q=x",
        "source=google;medium=organic;"},
       {"https://shop.example/", "https://duckduckgo.com/", "source=duckduckgo;medium=organic;"},
       {"https://shop.example/", "https://l.facebook.com/", "source=facebook;medium=social;"},
       {"https://shop.example/", "https://chatgpt.com/", "source=chatgpt;medium=ai-assistant;"},
       {"https://shop.example/", "https://mail.google.com/", "source=gmail;medium=email;"},
       {"https://shop.example/", "https://www.Blog.example.org/post",
        "source=blog.example.org;medium=referral;"},
       {"https://shop.example/", "https://news.blog.org:8443/post",
        "source=news.blog.org;medium=referral;"},
       {"https://shop.example/", "http://192.0.2.7/x", "source=192.0.2.7;medium=referral;"},
       {"https://shop.example/", "https://google.evil.com/",
        "source=google.evil.com;medium=referral;"},
       {"https://shop.example/", "android-app://com.google.android.gm/",
        "source=gmail;medium=email;"},
       {"", "https://www.bing.com/", "source=bing;medium=organic;"}});
}

TEST(TrafficSource, LooksAtSourceAndMediumOneByOne) {
  TestEvent event;
  expect_sources(event, {{"https://shop.example/?utm_source=mail", "https://blog.org/",
                          "source=mail;medium=referral;"},
                         {"https://shop.example/?utm_source=mail", "https://www.google.com/",
                          "source=mail;medium=organic;"},
                         {"https://shop.example/?utm_medium=banner", "https://blog.org/",
                          "source=blog.org;medium=banner;"},
                         {"https://shop.example/?utm_source=a&utm_medium=b",
                          "https://www.google.com/", "source=a;medium=b;"},
                         {"https://shop.example/?utm_source=mail", "", "source=mail;"}});
}

TEST(TrafficSource, LooksAtTheFirstThousandParametersOfALink) {
  TestEvent event;
  const auto source = [&](std::size_t before) {
    std::string link = "https://shop.example/?";
    for (std::size_t i = 0; i < before; ++i) link += "%61=1&";
    link += "utm_source=mail";
    return event
        .row("e",
             R"("event_params":[{"key":"page_location","value":{"string_value":")" + link + "\"}}]")
        .collected_traffic_source;
  };
  EXPECT_EQ(describe(source(999)), "source=mail;");
  EXPECT_EQ(describe(source(1'000)), "NULL");
}

TEST(TrafficSource, SaysNothingOfADirectVisit) {
  TestEvent event;
  expect_sources(event, {{"https://shop.example/", "", "NULL"}});
  EXPECT_EQ(describe(event.row("page_view", "").collected_traffic_source), "NULL");
  EXPECT_EQ(
      describe(
          event
              .row(
                  "page_view",
                  R"("event_params":[{"key":"page_location"},{"key":"page_referrer","value":{"int_value":1}}])")
              .collected_traffic_source),
      "NULL");
}

TEST(TrafficSource, TakesReferrersOfTheSameSiteAsInternal) {
  TestEvent event;
  expect_sources(
      event,
      {{"https://www.shop.example/", "https://www.shop.example/a", "NULL"},
       {"https://www.shop.example/", "https://checkout.shop.example/a", "NULL"},
       {"https://WWW.Shop.Example/", "https://SHOP.example:443/a", "NULL"},
       {"https://www.shop.co.uk/", "https://pay.shop.co.uk/", "NULL"},
       {"https://www.shop.co.uk/", "https://www.other.co.uk/",
        "source=other.co.uk;medium=referral;"},
       {"https://a.github.io/", "https://b.github.io/", "source=b.github.io;medium=referral;"},
       {"http://localhost:3000/", "http://localhost:8000/", "NULL"},
       {"http://192.0.2.7/", "http://192.0.2.7/x", "NULL"},
       {"http://192.0.2.7/", "http://192.0.2.8/x", "source=192.0.2.8;medium=referral;"},
       {"https://www.shop.example/?utm_source=s", "https://www.shop.example/a", "source=s;"}});
}

TEST(TrafficSource, TakesReferrersOnTheDomainsOfAllowedOriginsAsInternal) {
  TestEvent event(
      {{"https://www.brand.com", "https://*.partner.org", "http://localhost:3000", "*"}});
  expect_sources(event, {{"https://shop.example/", "https://brand.com/", "NULL"},
                         {"https://shop.example/", "https://pay.brand.com/", "NULL"},
                         {"https://shop.example/", "https://a.partner.org/", "NULL"},
                         {"https://shop.example/", "http://localhost/", "NULL"},
                         {"", "https://brand.com/", "NULL"},
                         {"https://shop.example/", "https://notbrand.com/",
                          "source=notbrand.com;medium=referral;"}});
}

TEST(TrafficSource, IgnoresReferrersThatAreNoSite) {
  TestEvent event;
  expect_sources(event, {{"https://shop.example/", "about:blank", "NULL"},
                         {"https://shop.example/", "file:///home/x.html", "NULL"},
                         {"https://shop.example/", "chrome-extension://abcdef/", "NULL"},
                         {"https://shop.example/", "https://", "NULL"},
                         {"https://shop.example/", "blog.org", "NULL"}});
}

TEST(DomainsOfOrigins, AreRegistrableOrTheHostItself) {
  EXPECT_EQ(domains_of_origins({"https://www.a.co.uk:8443", "https://*.b.com",
                                "http://localhost:3000", "*", "https://*", ""}),
            (std::vector<std::string>{"a.co.uk", "b.com", "localhost"}));
}

}  // namespace
}  // namespace rs::enrich
