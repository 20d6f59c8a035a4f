#include "collect/collector_fixture.h"

namespace rs::collect {
namespace {

TEST_F(CollectorTest, AnswersAtOnceWhenReceivedIsPromised) {
  start(Acknowledge::kReceived);
  EXPECT_EQ(post(kPageView), http::Answer::kNow);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(body(), R"({"status":"ok"})");
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(CollectorTest, AnswersLaterWhenDeliveredIsPromised) {
  start(Acknowledge::kDelivered);
  EXPECT_EQ(post(kPageView), http::Answer::kLater);
  EXPECT_EQ(body(), R"({"status":"ok"})");
}

TEST_F(CollectorTest, AnswersLaterWhenSpooledIsPromised) {
  start(Acknowledge::kSpooled);
  EXPECT_EQ(post(kPageView), http::Answer::kLater);
  EXPECT_EQ(body(), R"({"status":"ok"})");
}

TEST_F(CollectorTest, TurnsAFailedPromiseIntoAnErrorThatKeepsItsHeaders) {
  start(Acknowledge::kDelivered);
  (void)post(kPageView);
  const auto headers = response_.headers;
  collector_->settle(Outcome::kRefused, response_);
  EXPECT_EQ(response_.status, 503);
  EXPECT_EQ(response_.headers, headers + "Retry-After: 1\r\n");
  collector_->settle(Outcome::kRejected, response_);
  EXPECT_EQ(response_.status, 422);
  EXPECT_NE(body().find("dead letters"), std::string_view::npos);
}

TEST_F(CollectorTest, GivesANewVisitorAnIdAndSetsItsCookie) {
  start(Acknowledge::kReceived);
  set_header(http::Known::kHost, "www.example.co.uk");
  (void)post(kPageView);
  const auto at = response_.headers.find("__uid__=");
  ASSERT_NE(at, std::string::npos);
  const auto id = response_.headers.substr(at + 8, 36);
  EXPECT_NE(response_.headers.find("; Domain=example.co.uk; Path=/; Max-Age=63072000; Secure; "
                                   "HttpOnly; SameSite=None\r\n"),
            std::string::npos);
  EXPECT_NE(rows().at(0).find("\"user_pseudo_id\":\"" + id + "\""), std::string::npos);
  EXPECT_EQ(stats_.new_visitors.value(), 1u);
}

TEST_F(CollectorTest, SetsTheCookieOfAKnownVisitorAgain) {
  start(Acknowledge::kReceived);
  set_header(http::Known::kCookie, "_ga=1; __uid__=visitor-7");
  (void)post(kPageView);
  EXPECT_NE(response_.headers.find("Set-Cookie: __uid__=visitor-7;"), std::string::npos);
  EXPECT_NE(rows().at(0).find(R"("user_pseudo_id":"visitor-7")"), std::string::npos);
  EXPECT_EQ(stats_.new_visitors.value(), 0u);
}

TEST_F(CollectorTest, GivesAnEventAnIdUnlessItBringsOne) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"a"})");
  (void)post(R"({"event_name":"b","event_id":""})");
  (void)post(R"({"event_name":"c","event_id":"mine"})");
  const auto stored = rows();
  // Version 7 begins with the time: 1764000000000 ms is 019ab697-e800.
  EXPECT_NE(stored.at(0).find(R"("event_id":"019ab697-e800-7)"), std::string::npos) << stored[0];
  EXPECT_NE(stored.at(1).find(R"("event_id":"019ab697-e800-7)"), std::string::npos) << stored[1];
  EXPECT_NE(stored.at(2).find(R"("event_id":"mine")"), std::string::npos);
}

TEST_F(CollectorTest, SetsNoDomainForHostsThatHaveNone) {
  start(Acknowledge::kReceived);
  for (const char* host : {"localhost", "localhost:8000", "1.2.3.4", "[::1]:8000", "co.uk", ""}) {
    set_header(http::Known::kHost, host);
    (void)post(kPageView);
    EXPECT_NE(response_.headers.find("Set-Cookie: __uid__="), std::string::npos) << host;
    EXPECT_EQ(response_.headers.find("Domain="), std::string::npos) << host;
  }
}

TEST_F(CollectorTest, NeitherReadsNorSetsNorStoresACookieWithoutConsent) {
  start(Acknowledge::kReceived);
  set_header(http::Known::kCookie, "__uid__=visitor-7");
  (void)post(R"({"event_name":"page_view","privacy_info":{"analytics_storage":false}})");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(response_.headers.find("Set-Cookie"), std::string::npos);
  const auto stored = rows().at(0);
  EXPECT_EQ(stored.find("user_pseudo_id"), std::string::npos);
  EXPECT_EQ(stored.find("visitor-7"), std::string::npos);
}

TEST_F(CollectorTest, RefusesAStreamIdThatIsNoInteger) {
  start(Acknowledge::kReceived);
  for (const char* bad : {"one", "1.5", "9223372036854775808", "1x", "+-1", ""}) {
    EXPECT_EQ(post(kPageView, bad), http::Answer::kNow);
    EXPECT_EQ(response_.status, 422) << bad;
    EXPECT_NE(body().find(R"("loc":["path","stream_id"])"), std::string_view::npos);
  }
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 6u);
  (void)post(kPageView, "-007");
  EXPECT_NE(rows().at(0).find(R"("stream_id":"-7")"), std::string::npos);
}

TEST_F(CollectorTest, RefusesAnInvalidEventWithItsPathAndCountsIt) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"a","event_params":[{"key":"k","value":{"int_value":{}}}]})");
  EXPECT_EQ(response_.status, 422);
  EXPECT_NE(body().find(R"("loc":["body","event_params",0,"value","int_value"])"),
            std::string_view::npos)
      << body();
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 1u);
  EXPECT_EQ(response_.headers.find("Set-Cookie"), std::string::npos);
}

TEST_F(CollectorTest, RefusesWhenFullAndTakesEventsAgainWhenTheSinkResumes) {
  sink_.pause();
  start(Acknowledge::kReceived, {.batch_rows = 1, .held_rows = 2});
  (void)post(kPageView);
  (void)post(kPageView);
  EXPECT_EQ(response_.status, 200);
  (void)post(kPageView);
  EXPECT_EQ(response_.status, 503);
  EXPECT_NE(response_.headers.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(refused(delivery::Refused::kQueueFull), 1u);
  sink_.resume();
  EXPECT_EQ(rows().size(), 2u);
}

TEST_F(CollectorTest, TakesAnEventWhoseTimeCannotBeReadAndCountsIt) {
  start(Acknowledge::kReceived);
  for (const char* time : {"1e30", "\"NaN\"", "{}", "true", "[]"}) {
    (void)post(R"({"event_name":"e","timestamp_micros":)" + std::string(time) + "}");
    EXPECT_EQ(response_.status, 200) << time;
  }
  (void)post(R"({"event_name":"e","timestamp_micros":1764000000000})");  // Milliseconds.
  (void)post(R"({"event_name":"e","timestamp_micros":1763999999000000.5})");
  EXPECT_EQ(stats_.times_unread.value(), 5u);
  EXPECT_EQ(stats_.times_implausible.value(), 1u);
  const auto stored = rows();
  ASSERT_EQ(stored.size(), 7u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NE(stored[i].find("\"event_timestamp\":1764000000000000"), std::string::npos)
        << stored[i];
  }
  EXPECT_NE(stored[6].find("\"event_timestamp\":1763999999000000"), std::string::npos) << stored[6];
}

TEST_F(CollectorTest, TakesAPurchaseWithNumbersThatTheirColumnsCannotHoldAndCountsThem) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"purchase","items":[{"price":"free","quantity":1.85,"index":"x"}]})");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(stats_.kept_numbers.value(), 3u);
}

TEST_F(CollectorTest, HoldsTheLimitsOfTheSettings) {
  settings_.limits.items.count = 2;
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"e","items":[{},{}]})");
  EXPECT_EQ(response_.status, 200);
  (void)post(R"({"event_name":"e","items":[{},{},{}]})");
  EXPECT_EQ(response_.status, 422);
  EXPECT_NE(body().find("at most 2 items after validation: LIMITS__ITEMS"), std::string_view::npos);
}

// Browsers send text/plain to avoid a preflight, beacons may send none, curl says it is a form.
TEST_F(CollectorTest, ReadsTheSameEventWhateverItsContentTypeSays) {
  start(Acknowledge::kReceived);
  for (const std::string_view type :
       {"", "application/json", "application/json; charset=utf-8", "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded", "multipart/form-data",
        "application/json;charset=utf-16", ";;", "\xff", "image/gif"}) {
    set_header(http::Known::kContentType, type);
    (void)post(kPageView);
    EXPECT_EQ(response_.status, 200) << type;
    (void)post(std::string("\xef\xbb\xbf\r\n ") + std::string(kPageView) + " \n\n");
    EXPECT_EQ(response_.status, 200) << type;
  }
}

struct DomainCase {
  std::string_view peer, host;
  std::vector<http::Header> headers;
  std::string_view origin, domain;  // An empty domain: none.
};

// Browsers drop a cookie for a domain that is not theirs: the host that counts is the one that the
// browser asked, and a proxy may have put another into Host.
TEST_F(CollectorTest, SetsTheCookieForTheDomainThatTheBrowserAsked) {
  const std::vector<std::string> trusted{"loopback"};
  settings_.trusted_proxies = *TrustedProxies::parse(trusted);
  start(Acknowledge::kReceived);
  constexpr std::string_view kProxy = "127.0.0.1", kBrowser = "203.0.113.7";
  constexpr std::string_view kInner = "collector.internal.corp-cdn.net";
  const DomainCase cases[] = {
      {kBrowser, "collect.example.com:8443", {}, "", "example.com"},
      {kBrowser, "collect.example.com", {{"X-Forwarded-Host", "evil.example"}}, "", "example.com"},
      {kBrowser, "svc-1.europe-west1.run.app", {}, "", "svc-1.europe-west1.run.app"},
      {kBrowser, "europe-west1.run.app", {}, "", ""},
      {kBrowser, "localhost:8000", {}, "", ""},
      {kProxy, kInner, {}, "", ""},
      {kProxy, kInner, {}, "https://www.example.com", ""},
      {kProxy, kInner, {{"X-Forwarded-Host", "www.example.com"}}, "", "example.com"},
      {kProxy, kInner, {{"x-forwarded-host", " WWW.Example.com:443 , inner"}}, "", "example.com"},
      {kProxy, kInner, {{"X-Forwarded-Host", ", www.example.com"}}, "", "example.com"},
      {kProxy,
       kInner,
       {{"X-Forwarded-Host", ""}, {"Forwarded", "host=www.example.com"}},
       "",
       "example.com"},
      {kProxy,
       kInner,
       {{"Forwarded", "for=1.2.3.4;host=\"www.example.com:443\", host=inner"}},
       "",
       "example.com"},
      {kProxy,
       kInner,
       {{"Forwarded", "for=1.2.3.4"}, {"Forwarded", "host=www.example.com"}},
       "",
       "example.com"},
      {kProxy, kInner, {{"X-Forwarded-Host", "a b"}}, "", ""},
      {kProxy, kInner, {{"X-Forwarded-Host", "10.0.0.1"}}, "", ""},
      // Without a word from the proxy, the page's own domain is the proof that Host is the
      // browser's.
      {kProxy, "collect.example.com", {}, "https://www.example.com", "example.com"},
      {kProxy, "collect.example.com", {}, "https://EXAMPLE.com:8443", "example.com"},
      {kProxy, "collect.example.com", {}, "https://notexample.com", ""},
      {kProxy, "collect.example.com", {}, "null", ""},
      {kProxy, "collect.example.com", {}, "", ""},
  };
  for (const auto& c : cases) {
    request_.peer_address = c.peer;
    request_.headers = c.headers;
    set_header(http::Known::kHost, c.host);
    set_header(http::Known::kOrigin, c.origin);
    (void)post(kPageView);
    const auto expected =
        c.domain.empty() ? "; Path=" : "; Domain=" + std::string(c.domain) + "; Path=";
    const auto end = response_.headers.find("; ");
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(response_.headers.compare(end, expected.size(), expected), 0)
        << c.host << " " << response_.headers;
  }
}

TEST_F(CollectorTest, SetsTheCookieForTheDomainOfTheSettings) {
  settings_.cookie.domain = "shop.example";
  settings_.cookie.name = "__session";
  start(Acknowledge::kReceived);
  set_header(http::Known::kHost, "inner.corp-cdn.net");
  set_header(http::Known::kCookie, "__uid__=old; __session=known");
  (void)post(kPageView);
  EXPECT_EQ(response_.headers.find("Set-Cookie: __session=known; Domain=shop.example; Path=/"), 0u);
}

TEST_F(CollectorTest, BelievesGeographyHeadersFromTrustedProxiesOnly) {
  const std::vector<std::string> trusted{"10.0.0.0/8"};
  for (const bool from_anyone : {false, true}) {
    for (const std::string_view peer : {"10.0.0.1", "203.0.113.7"}) {
      settings_.trusted_proxies = *TrustedProxies::parse(trusted);
      settings_.geo_from_anyone = from_anyone;
      start(Acknowledge::kReceived);
      request_.peer_address = peer;
      set_header(http::Known::kXClientGeoCountry, "Nowhere");
      (void)post(kPageView);
      const bool believed = from_anyone || peer == "10.0.0.1";
      EXPECT_EQ(rows().back().find("Nowhere") != std::string::npos, believed) << peer;
    }
  }
}

TEST_F(CollectorTest, CountsTopLevelKeysItDoesNotKnow) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"a","surprise":1,"other":[{}]})");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(stats_.unknown_keys.value(), 2u);
}

}  // namespace
}  // namespace rs::collect
