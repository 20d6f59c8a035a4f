#pragma once
// The row that benchmarks are about: a tagged page_view with six parameters and one item.

#include <cstdint>

#include "row/encode.h"

namespace rs::row {

inline constexpr std::int64_t kNow = 1'768'473'045'123'456;

inline const EventParam kParams[] = {
    {.key = "page_location",
     .value =
         ParamValue{.string_value = "https://www.shop.example/shoes/running?utm_source=google&"
                                    "utm_medium=cpc&utm_campaign=spring&gclid=Cj0KCQiA1234567890"}},
    {.key = "page_referrer", .value = ParamValue{.string_value = "https://www.google.com/"}},
    {.key = "page_title", .value = ParamValue{.string_value = "Running shoes - Shop"}},
    {.key = "ga_session_id", .value = ParamValue{.int_value = 1'768'473'000}},
    {.key = "engagement_time_msec", .value = ParamValue{.int_value = 1'234}},
    {.key = "value", .value = ParamValue{.double_value = 99.99}},
};

inline const Item kItems[] = {
    {.item_id = "SKU123", .item_name = "Product Name", .price = 99.99, .quantity = 1}};

// As enrichment builds it: the cost of filling the struct is measured too.
inline void fill_typical(Row& row) {
  row.event_date = "20260115";
  row.event_timestamp = kNow;
  row.event_name = "page_view";
  row.event_params = kParams;
  row.user_id = "user123";
  row.user_pseudo_id = "7f1d6f0e-3a52-4d0c-9d4b-0d6c6d1c4a11";
  auto& privacy = row.privacy_info.emplace();
  privacy.analytics_storage = privacy.ads_storage = "Yes";
  privacy.ad_user_data = privacy.ad_personalization = "Yes";
  auto& device = row.device.emplace();
  device.category = "desktop";
  device.operating_system = "Windows";
  device.operating_system_version = "10";
  device.language = "en-us";
  auto& web = device.web_info.emplace();
  web.browser = "Chrome";
  web.browser_version = "143.0.0.0";
  web.hostname = "www.shop.example";
  device.is_bot = false;
  device.user_agent =
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/143.0.0.0 Safari/537.36";
  auto& geo = row.geo.emplace();
  geo.city = "Kyiv";
  geo.country = "UA";
  geo.region = "UA30";
  row.stream_id = "1";
  row.platform = "WEB";
  row.items = kItems;
  auto& traffic = row.collected_traffic_source.emplace();
  traffic.manual_campaign_name = "spring";
  traffic.manual_source = "google";
  traffic.manual_medium = "cpc";
  traffic.gclid = "Cj0KCQiA1234567890";
  row.date = 20'468;
  row.event_id = "019bc0d5-0b83-7000-8000-0123456789ab";
  row.ip = "203.0.113.77";
  row.synced_at_utc_ = row.synced_at_micros_ = kNow;
}

}  // namespace rs::row
