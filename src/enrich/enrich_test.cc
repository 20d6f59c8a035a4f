#include <string>

#include <gtest/gtest.h>

#include "enrich/event_time.h"
#include "enrich/identity.h"
#include "enrich/test_event.h"
#include "row/encode.h"

namespace rs::enrich {
namespace {

TEST(Row, HoldsWhatTheContractsExampleSays) {
  TestEvent event;
  const row::Row& row = event.row(
      R"({"event_name":"page_view",
 "event_params":[{"key":"page_location","value":{"string_value":"https://example.com/page"}}],
 "user_id":"user123",
 "privacy_info":{"ad_storage":true,"analytics_storage":true},
 "user_properties":[{"key":"user_type","value":{"string_value":"premium","set_timestamp_micros":5}}],
 "app_info":{"id":"web-app","version":"1.0.0"},
 "ecommerce":{"transaction_id":"T12345","value":99.99,"currency":"USD"},
 "items":[{"item_id":"SKU123","item_name":"Product Name","price":99.99,"quantity":1}],
 "batch_page_id":3,"batch_ordering_id":4,"batch_event_index":5})");
  EXPECT_EQ(row.event_name, "page_view");
  EXPECT_EQ(row.event_date, "20260115");
  EXPECT_EQ(row.date, 20468);
  EXPECT_EQ(row.event_timestamp, kNow);
  EXPECT_EQ(row.synced_at_utc_, kNow);
  EXPECT_EQ(row.synced_at_micros_, kNow);
  EXPECT_EQ(row.user_id, "user123");
  EXPECT_EQ(row.user_pseudo_id, "fresh-user");
  EXPECT_EQ(row.event_id, "fresh-event");
  EXPECT_EQ(row.stream_id, "7");
  EXPECT_EQ(row.platform, "WEB");
  ASSERT_EQ(row.event_params.size(), 4u);  // Amount, currency and transaction follow: money.h.
  EXPECT_EQ(row.event_params[0].value->string_value, "https://example.com/page");
  ASSERT_EQ(row.user_properties.size(), 1u);
  EXPECT_EQ(row.user_properties[0].value->set_timestamp_micros, 5);
  EXPECT_EQ(row.privacy_info->ads_storage, "Yes");
  EXPECT_EQ(row.privacy_info->analytics_storage, "Yes");
  EXPECT_EQ(row.privacy_info->security_storage, std::nullopt);
  EXPECT_EQ(row.app_info->id, "web-app");
  EXPECT_EQ(row.device->web_info->hostname, "example.com");
  EXPECT_EQ(row.ecommerce->value, 99.99);
  EXPECT_EQ(row.items[0].price, 99.99);
  EXPECT_EQ(row.batch_page_id, 3);
  EXPECT_EQ(row.batch_ordering_id, 4);
  EXPECT_EQ(row.batch_event_index, 5);
}

TEST(Row, LeavesNullWhatNobodySaid) {
  TestEvent event;
  event.row(
      "e",
      R"("user_id":"u","batch_page_id":1,"ecommerce":{"value":1},"items":[{}],"app_info":{},"privacy_info":{})");
  const row::Row& row = event.row("e", "");  // Nothing of the row before is left either.
  EXPECT_FALSE(row.user_id || row.privacy_info || row.app_info || row.ecommerce || row.device ||
               row.geo || row.ip || row.collected_traffic_source || row.batch_page_id ||
               row.batch_event_index || row.batch_ordering_id || row.traffic_source ||
               row.user_ltv || row.is_active_user || row.subscription_name || row.publish_time ||
               row.event_value_in_usd);
  EXPECT_TRUE(row.event_params.empty() && row.user_properties.empty() && row.items.empty());
}

TEST(Row, IsTheSameForTheSamePayloadAndFacts) {
  const char* members =
      R"("items":[{"item_id":"a"}],"event_params":[{"key":"page_location","value":{"string_value":"https://A.example/?utm_source=x%20y"}}])";
  TestEvent first, second;
  row::Encoder encoder;
  const std::string one(encoder.encode(first.row("purchase", members)));
  second.row("other", R"("user_id":"u")");
  EXPECT_EQ(encoder.encode(second.row("purchase", members)), one);
  EXPECT_EQ(encoder.encode(second.row("purchase", members)), one);
}

TEST(Identity, IsTheCookiesElseAFreshOne) {
  TestEvent event;
  auto facts = plain_facts();
  EXPECT_EQ(event.row("e", "", facts).user_pseudo_id, "fresh-user");
  facts.cookie_user_id = "from-cookie";
  EXPECT_EQ(event.row("e", "", facts).user_pseudo_id, "from-cookie");
}

TEST(Identity, IsWhatThePayloadSaysOutrightThenTheCookiesThenTheSendersOwn) {
  Enricher enricher({});
  auto facts = plain_facts();
  facts.cookie_user_id = "from-cookie";
  event::Payload payload;
  payload.event_name = "e";
  payload.client_id = "from-client";
  EXPECT_EQ(enricher.run(payload, facts).user_pseudo_id, "from-cookie");
  payload.user_pseudo_id = "said";
  EXPECT_EQ(enricher.run(payload, facts).user_pseudo_id, "said");
  payload.user_pseudo_id = "";
  facts.cookie_user_id = {};
  EXPECT_EQ(enricher.run(payload, facts).user_pseudo_id, "from-client");
  payload.privacy_info.emplace().analytics_storage = "No";
  EXPECT_EQ(enricher.run(payload, facts).user_pseudo_id, std::nullopt);
}

TEST(Identity, IsNotStoredWhenAnalyticsStorageIsDenied) {
  TestEvent event;
  auto facts = plain_facts();
  facts.cookie_user_id = "from-cookie";
  for (const char* denied : {"false", "\"denied\"", "0", "\"No\""}) {
    const std::string members =
        std::string(R"("user_id":"u","privacy_info":{"analytics_storage":)") + denied + "}";
    const row::Row& row = event.row("e", members, facts);
    EXPECT_EQ(row.user_pseudo_id, std::nullopt) << denied;
    EXPECT_EQ(row.user_id, "u");
    EXPECT_EQ(row.privacy_info->analytics_storage, "No");
  }
  for (const char* other :
       {R"("privacy_info":{"ad_storage":false})", R"("privacy_info":{"analytics_storage":null})",
        R"("privacy_info":null)"}) {
    EXPECT_EQ(event.row("e", other, facts).user_pseudo_id, "from-cookie") << other;
  }
}

TEST(Identity, SaysWhetherACookieMayBeSet) {
  event::Payload payload;
  EXPECT_TRUE(allows_cookies(payload));
  payload.privacy_info.emplace();
  EXPECT_TRUE(allows_cookies(payload));
  payload.privacy_info->analytics_storage = "Yes";
  EXPECT_TRUE(allows_cookies(payload));
  payload.privacy_info->analytics_storage = "No";
  EXPECT_FALSE(allows_cookies(payload));
}

TEST(Identity, KeepsTheClientsEventIdAndTakesEmptyIdsAsNone) {
  TestEvent event;
  EXPECT_EQ(event.row("e", R"("event_id":"mine")").event_id, "mine");
  EXPECT_EQ(event.row("e", R"("event_id":17)").event_id, "17");
  const row::Row& row = event.row("e", R"("event_id":"","user_id":"")");
  EXPECT_EQ(row.event_id, "fresh-event");
  EXPECT_EQ(row.user_id, std::nullopt);
}

TEST(EventTime, IsTheClientsWhenPlausibleElseTheServers) {
  const std::int64_t hour = 3'600'000'000;
  const std::pair<std::int64_t, bool> cases[] = {
      {kNow, true},
      {kNow - hour, true},
      {kNow - 365 * kMicrosPerDay, true},
      {kNow - kMicrosBehindMax, true},
      {kNow - kMicrosBehindMax - 1, false},
      {kNow + hour, true},
      {kNow + hour + 1, false},
      {kNow / 1'000, false},  // Milliseconds.
      {0, false},
      {-1, false},
      {INT64_MAX, false},
      {INT64_MIN, false},
  };
  TestEvent event;
  for (const auto& [said, plausible] : cases) {
    const row::Row& row = event.row("e", "\"timestamp_micros\":" + std::to_string(said));
    EXPECT_EQ(row.event_timestamp, plausible ? said : kNow) << said;
    EXPECT_EQ(row.synced_at_micros_, kNow);
  }
}

TEST(EventTime, SaysWhoseClockItIs) {
  event::PayloadParser parser;
  Enricher enricher({});
  const std::pair<std::string, TimeSource> cases[] = {
      {"null", TimeSource::kServer},
      {std::to_string(kNow - 5'000'000) + ".75", TimeSource::kClient},
      {std::to_string(kNow / 1000), TimeSource::kImplausible},
      {"1e30", TimeSource::kUnread},
      {"\"now\"", TimeSource::kUnread},
      {"{}", TimeSource::kUnread},
  };
  for (const auto& [sent, source] : cases) {
    const std::string body =
        R"({"event_name":"e","timestamp_micros":)" + sent + "}" + std::string(64, ' ');
    const auto* payload = parser.parse(std::string_view(body).substr(0, body.size() - 64));
    ASSERT_NE(payload, nullptr);
    const auto& row = enricher.run(*payload, plain_facts());
    EXPECT_EQ(enricher.time_source(), source) << sent;
    EXPECT_EQ(row.event_timestamp, source == TimeSource::kClient ? kNow - 5'000'000 : kNow) << sent;
  }
}

TEST(EventTime, GivesTheUtcDayOfTheEventNotOfItsArrival) {
  struct Case {
    std::int64_t micros;
    const char* text;
    std::int32_t day;
  };
  const Case cases[] = {
      {1'768'435'200'000'000, "20260115", 20468},  // Midnight.
      {1'768'435'199'999'999, "20260114", 20467},  // A microsecond before.
      {1'709'164'800'000'000, "20240229", 19782},
  };
  TestEvent event;
  for (const auto& c : cases) {
    const row::Row& row = event.row("e", "\"timestamp_micros\":" + std::to_string(c.micros));
    EXPECT_EQ(row.event_date, c.text);
    EXPECT_EQ(row.date, c.day);
  }
}

TEST(Device, HoldsLanguageUserAgentAndHostName) {
  TestEvent event;
  auto facts = plain_facts();
  facts.accept_language = "en-GB,en;q=0.9";
  facts.user_agent = "Mozilla/5.0 (X11; Linux x86_64)";
  const row::Row& row = event.row(
      "e",
      R"("event_params":[{"key":"page_location","value":{"string_value":"https://WWW.Shop.example:8443/x"}},{"key":"page_hostname","value":{"string_value":"other"}}])",
      facts);
  EXPECT_EQ(row.device->language, "en-gb");
  EXPECT_EQ(row.device->user_agent, "Mozilla/5.0 (X11; Linux x86_64)");
  EXPECT_EQ(row.device->web_info->hostname, "www.shop.example");
  EXPECT_EQ(row.device->category, std::nullopt);
}

TEST(Device, TakesThePagesHostNameFromItsOwnParameterWhenThereIsNoLocation) {
  TestEvent event;
  EXPECT_EQ(
      event
          .row(
              "e",
              R"("event_params":[{"key":"page_hostname","value":{"string_value":"Shop.example"}}])")
          .device->web_info->hostname,
      "shop.example");
}

TEST(Device, RepairsAndCutsAUserAgentFromOutside) {
  TestEvent event;
  auto facts = plain_facts();
  facts.user_agent = "Bad\xff";
  EXPECT_EQ(event.row("e", "", facts).device->user_agent, "Bad\xef\xbf\xbd");
  const std::string long_agent(5'000, 'a');
  facts.user_agent = long_agent;
  EXPECT_EQ(event.row("e", "", facts).device->user_agent->size(), 1024u);
}

TEST(Geo, ComesFromTheHeadersAsTheyAre) {
  TestEvent event;
  auto facts = plain_facts();
  facts.client_ip = "203.0.113.9";
  facts.geo_country = "UA";
  facts.geo_state = "UA77";
  facts.geo_city = "Cherniv\xff";
  const row::Row& row = event.row("e", "", facts);
  EXPECT_EQ(row.ip, "203.0.113.9");
  EXPECT_EQ(row.geo->country, "UA");
  EXPECT_EQ(row.geo->region, "UA77");
  EXPECT_EQ(row.geo->city, "Cherniv\xef\xbf\xbd");
  EXPECT_EQ(row.geo->continent, std::nullopt);
}

TEST(Geo, IsNullWithoutHeadersAndCutWhenLong) {
  TestEvent event;
  auto facts = plain_facts();
  facts.geo_city = " ";
  EXPECT_EQ(event.row("e", "", facts).geo, std::nullopt);
  const std::string long_name(1'000, 'x');
  facts.geo_city = long_name;
  EXPECT_EQ(event.row("e", "", facts).geo->city->size(), 128u);
  EXPECT_EQ(event.row("e", "", facts).geo->country, std::nullopt);
}

TEST(Ecommerce, DerivesWhatGa4Derives) {
  TestEvent event;
  const char* members =
      R"("ecommerce":{"value":30.5,"tax":1.5,"shipping_value":2},"items":[{"item_id":"a","price":99.99,"quantity":3},{"item_id":"b","price":5},{"item_id":"a","quantity":2}])";
  {
    const row::Row& row = event.row("purchase", members);
    EXPECT_EQ(row.ecommerce->purchase_revenue, 30.5);
    EXPECT_EQ(row.ecommerce->refund_value, std::nullopt);
    EXPECT_EQ(row.ecommerce->tax_value, 1.5);
    EXPECT_EQ(row.ecommerce->shipping_value, 2);
    EXPECT_EQ(row.ecommerce->total_item_quantity, 6);
    EXPECT_EQ(row.ecommerce->unique_items, 2);
    EXPECT_EQ(row.ecommerce->purchase_revenue_in_usd, std::nullopt);
    EXPECT_EQ(row.items[0].item_revenue, 299.97);
    EXPECT_EQ(row.items[1].quantity, 1);
    EXPECT_EQ(row.items[1].item_revenue, 5);
    EXPECT_EQ(row.items[2].item_revenue, std::nullopt);
    EXPECT_EQ(row.items[0].item_refund, std::nullopt);
  }
  {
    const row::Row& row = event.row("refund", members);
    EXPECT_EQ(row.ecommerce->refund_value, 30.5);
    EXPECT_EQ(row.ecommerce->purchase_revenue, std::nullopt);
    EXPECT_EQ(row.items[0].item_refund, 299.97);
    EXPECT_EQ(row.items[0].item_revenue, std::nullopt);
  }
  const row::Row& row = event.row("view_item", members);
  EXPECT_EQ(row.ecommerce->purchase_revenue, std::nullopt);
  EXPECT_EQ(row.items[0].item_revenue, std::nullopt);
  EXPECT_EQ(row.ecommerce->total_item_quantity, 6);
}

// 1.85 kg at 10.00 are 18.50, though the column has whole pieces.
TEST(Ecommerce, MultipliesThePriceByTheExactQuantity) {
  TestEvent event;
  const char* const items =
      R"("items":[{"price":10,"quantity":1.85},{"price":"$4","quantity":"0,25"},{"price":3,"quantity":2}])";
  for (const std::string name : {"purchase", "refund"}) {
    const row::Row& row = event.row(name, items);
    const auto amount = [&](std::size_t i) {
      return name == "purchase" ? row.items[i].item_revenue : row.items[i].item_refund;
    };
    EXPECT_EQ(amount(0), 18.5);
    EXPECT_EQ(amount(1), 1);
    EXPECT_EQ(amount(2), 6);
    EXPECT_EQ(row.items[0].quantity, 2);
    EXPECT_EQ(row.items[1].quantity, 1);
    EXPECT_EQ(row.ecommerce->total_item_quantity, 5);
    ASSERT_EQ(row.items[0].item_params.size(), 1u);
    EXPECT_EQ(row.items[0].item_params[0].key, "quantity");
    EXPECT_EQ(row.items[0].item_params[0].value->double_value, 1.85);
  }
}

TEST(Ecommerce, PrefersWhatTheClientSays) {
  TestEvent event;
  const row::Row& row = event.row(
      "purchase",
      R"("ecommerce":{"value":30,"purchase_revenue":28,"total_item_quantity":9,"unique_items":8},"items":[{"item_id":"a","price":5,"quantity":2,"item_revenue":7}])");
  EXPECT_EQ(row.ecommerce->purchase_revenue, 28);
  EXPECT_EQ(row.ecommerce->total_item_quantity, 9);
  EXPECT_EQ(row.ecommerce->unique_items, 8);
  EXPECT_EQ(row.items[0].item_revenue, 7);
}

TEST(Ecommerce, TellsItemsApartByIdNameAndBrand) {
  TestEvent event;
  const row::Row& row = event.row(
      "e",
      R"("items":[{"item_id":"a"},{"item_id":"a","item_name":"n"},{"item_id":"a","item_brand":"b"},{"item_id":"a"},{},{}])");
  EXPECT_EQ(row.ecommerce->unique_items, 4);
}

TEST(Ecommerce, KeepsQuietWhenQuantitiesAreBeyondCounting) {
  TestEvent event;
  const row::Row& row = event.row(
      "purchase",
      R"("items":[{"quantity":9223372036854775807,"price":1e308},{"quantity":9223372036854775807}])");
  EXPECT_EQ(row.ecommerce->total_item_quantity, std::nullopt);
  EXPECT_EQ(row.items[0].item_revenue, std::nullopt);
}

}  // namespace
}  // namespace rs::enrich
