// What a protocol says of its visitor replaces what the server would find itself.

#include <gtest/gtest.h>

#include "device/test_database.h"
#include "enrich/enrich.h"
#include "enrich/test_event.h"

namespace rs::enrich {
namespace {

class Said : public testing::Test {
 protected:
  Said() {
    facts_.accept_language = "de";
    facts_.user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36";
    facts_.geo_country = "DE";
    payload_.event_name = "page_view";
  }
  const row::Row& row() { return enricher_.run(payload_, facts_); }

  Enricher enricher_{Settings{.allowed_origins = {}, .device = {.data = &device::test_data()}}};
  event::Payload payload_;
  event::Facts facts_ = plain_facts();
};

TEST_F(Said, LanguageAndHostNameGoBeforeTheHeaders) {
  payload_.language = "en_US.UTF-8";
  payload_.hostname = "Shop.example";
  EXPECT_EQ(row().device->language, "en_US.UTF-8");
  EXPECT_EQ(row().device->web_info->hostname, "shop.example");
  EXPECT_EQ(row().device->operating_system, "Windows");
}

TEST_F(Said, DeviceIsNotMixedWithADetectedOne) {
  row::Device device;
  device.operating_system = "Android";
  device.language = "fr";
  payload_.device = &device;
  payload_.hostname = "shop.example";
  EXPECT_EQ(row().device->operating_system, "Android");
  EXPECT_EQ(row().device->operating_system_version, std::nullopt);
  EXPECT_EQ(row().device->language, "fr");
  EXPECT_EQ(row().device->web_info->hostname, "shop.example");
  EXPECT_EQ(row().device->user_agent, facts_.user_agent);
}

TEST_F(Said, PlaceIsNotMixedWithTheHeaders) {
  row::Geo geo;
  geo.city = "Paris";
  payload_.geo = &geo;
  EXPECT_EQ(row().geo->city, "Paris");
  EXPECT_EQ(row().geo->country, std::nullopt);
}

TEST_F(Said, CampaignReplacesTheOneOfThePageButNotItsClickIds) {
  row::EventParam params[3];
  params[0].key = "page_location";
  params[0].value.emplace().string_value = "https://a.example/?utm_source=x&utm_term=t&gclid=g";
  params[1].key = "page_referrer";
  params[1].value.emplace().string_value = "https://www.google.com/";
  row::CollectedTrafficSource campaign;
  campaign.manual_source = "newsletter";
  payload_.event_params = {params, 2};
  payload_.campaign = &campaign;
  const auto source = row().collected_traffic_source;
  ASSERT_TRUE(source);
  EXPECT_EQ(source->manual_source, "newsletter");
  EXPECT_EQ(source->manual_medium, std::nullopt);
  EXPECT_EQ(source->manual_term, std::nullopt);
  EXPECT_EQ(source->gclid, "g");
}

TEST_F(Said, ReferrerIsIgnoredOnRequest) {
  row::EventParam params[2];
  params[0].key = "page_referrer";
  params[0].value.emplace().string_value = "https://www.google.com/";
  params[1].key = "ignore_referrer";
  params[1].value.emplace().string_value = "true";
  payload_.event_params = {params, 1};
  EXPECT_EQ(row().collected_traffic_source->manual_source, "google");
  payload_.event_params = params;
  EXPECT_FALSE(row().collected_traffic_source);
}

TEST_F(Said, TimesAreTold) {
  payload_.timestamp_micros = kNow - 5;
  payload_.user_first_touch_timestamp = 7;
  facts_.bundle_sequence_id = 9;
  EXPECT_EQ(row().event_server_timestamp_offset, 5);
  EXPECT_EQ(row().user_first_touch_timestamp, 7);
  EXPECT_EQ(row().event_bundle_sequence_id, 9);
}

}  // namespace
}  // namespace rs::enrich
