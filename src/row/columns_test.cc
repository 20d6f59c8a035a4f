#include "row/columns.h"

#include <map>
#include <string>
#include <vector>

#include <event.pb.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "row/message_reader.h"

namespace rs::row {
namespace {

const char* name_of(ColumnType type) {
  static constexpr const char* kNames[] = {"STRING", "INTEGER", "FLOAT",     "BOOLEAN",
                                           "RECORD", "DATE",    "TIMESTAMP", "JSON"};
  return kNames[static_cast<std::size_t>(type)];
}

// "name TYPE, name [ nested ]*": a record is a bracket, a repeated one ends with a star.
std::string outline(std::span<const Column> columns, bool ga4_only) {
  std::string out;
  for (const Column& column : columns) {
    if (ga4_only && column.number > 100) break;
    if (!out.empty()) out += ", ";
    out.append(column.name).append(" ");
    out += column.type == ColumnType::kRecord ? "[ " + outline(column.children, ga4_only) + " ]"
                                              : name_of(column.type);
    if (column.mode == Mode::kRepeated) out += "*";
  }
  return out;
}

constexpr const char* kParams =
    "[ key STRING, value [ string_value STRING, int_value INTEGER, float_value FLOAT, "
    "double_value FLOAT ] ]*";

std::string strings(std::initializer_list<const char*> names) {
  std::string out;
  for (const char* name : names) {
    if (!out.empty()) out += ", ";
    out.append(name).append(" STRING");
  }
  return out;
}

// GA4's export table events_ as read off a real property in 2026: every column in physical order.
std::vector<std::string> ga4_columns() {
  const std::string session =
      "[ manual_campaign [ " +
      strings({"campaign_id", "campaign_name", "source", "medium", "term", "content",
               "source_platform", "creative_format", "marketing_tactic"}) +
      " ], google_ads_campaign [ " +
      strings({"customer_id", "account_name", "campaign_id", "campaign_name", "ad_group_id",
               "ad_group_name"}) +
      " ], cross_channel_campaign [ " +
      strings({"campaign_id", "campaign_name", "source", "medium", "source_platform",
               "default_channel_group", "primary_channel_group"}) +
      " ], sa360_campaign [ " +
      strings({"campaign_id", "campaign_name", "source", "medium", "ad_group_id", "ad_group_name",
               "creative_format", "engine_account_name", "engine_account_type",
               "manager_account_name"}) +
      " ], cm360_campaign [ " +
      strings({"campaign_id",      "campaign_name",    "source",        "medium",
               "account_id",       "account_name",     "advertiser_id", "advertiser_name",
               "creative_id",      "creative_format",  "creative_name", "creative_type",
               "creative_type_id", "creative_version", "placement_id",  "placement_cost_structure",
               "placement_name",   "rendering_id",     "site_id",       "site_name"}) +
      " ], dv360_campaign [ " +
      strings({"campaign_id", "campaign_name", "source", "medium", "advertiser_id",
               "advertiser_name", "creative_id", "creative_format", "creative_name", "exchange_id",
               "exchange_name", "insertion_order_id", "insertion_order_name", "line_item_id",
               "line_item_name", "partner_id", "partner_name"}) +
      " ] ]";
  return {
      "event_date STRING",
      "event_timestamp INTEGER",
      "event_name STRING",
      std::string("event_params ") + kParams,
      "event_previous_timestamp INTEGER",
      "event_value_in_usd FLOAT",
      "event_bundle_sequence_id INTEGER",
      "event_server_timestamp_offset INTEGER",
      "user_id STRING",
      "user_pseudo_id STRING",
      "privacy_info [ analytics_storage STRING, ads_storage STRING, uses_transient_token STRING ]",
      "user_properties [ key STRING, value [ string_value STRING, int_value INTEGER, float_value "
      "FLOAT, "
      "double_value FLOAT, set_timestamp_micros INTEGER ] ]*",
      "user_first_touch_timestamp INTEGER",
      "user_ltv [ revenue FLOAT, currency STRING ]",
      "device [ " +
          strings({"category", "mobile_brand_name", "mobile_model_name", "mobile_marketing_name",
                   "mobile_os_hardware_model", "operating_system", "operating_system_version",
                   "vendor_id", "advertising_id", "language", "is_limited_ad_tracking"}) +
          ", time_zone_offset_seconds INTEGER, browser STRING, browser_version STRING, "
          "web_info [ browser STRING, browser_version STRING, hostname STRING ] ]",
      "geo [ " + strings({"city", "country", "continent", "region", "sub_continent", "metro"}) +
          " ]",
      "app_info [ " +
          strings({"id", "version", "install_store", "firebase_app_id", "install_source"}) + " ]",
      "traffic_source [ name STRING, medium STRING, source STRING ]",
      "stream_id STRING",
      "platform STRING",
      "event_dimensions [ hostname STRING ]",
      "ecommerce [ total_item_quantity INTEGER, purchase_revenue_in_usd FLOAT, purchase_revenue "
      "FLOAT, "
      "refund_value_in_usd FLOAT, refund_value FLOAT, shipping_value_in_usd FLOAT, shipping_value "
      "FLOAT, "
      "tax_value_in_usd FLOAT, tax_value FLOAT, unique_items INTEGER, transaction_id STRING ]",
      "items [ " +
          strings({"item_id", "item_name", "item_brand", "item_variant", "item_category",
                   "item_category2", "item_category3", "item_category4", "item_category5"}) +
          ", price_in_usd FLOAT, price FLOAT, quantity INTEGER, item_revenue_in_usd FLOAT, "
          "item_revenue FLOAT, item_refund_in_usd FLOAT, item_refund FLOAT, " +
          strings({"coupon", "affiliation", "location_id", "item_list_id", "item_list_name",
                   "item_list_index", "promotion_id", "promotion_name", "creative_name",
                   "creative_slot"}) +
          ", item_params " + kParams + " ]*",
      "collected_traffic_source [ " +
          strings({"manual_campaign_id", "manual_campaign_name", "manual_source", "manual_medium",
                   "manual_term", "manual_content", "manual_source_platform",
                   "manual_creative_format", "manual_marketing_tactic", "gclid", "dclid",
                   "srsltid"}) +
          " ]",
      "is_active_user BOOLEAN",
      "batch_event_index INTEGER",
      "batch_page_id INTEGER",
      "batch_ordering_id INTEGER",
      "session_traffic_source_last_click " + session,
      "publisher [ ad_revenue_in_usd FLOAT, ad_format STRING, ad_source_name STRING, ad_unit_id "
      "STRING ]",
      "event_original_occurrence_timestamp INTEGER",
  };
}

TEST(Columns, BeginWithThoseOfGa4) {
  const auto expected = ga4_columns();
  ASSERT_EQ(expected.size(), 31);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(outline(columns().subspan(i, 1), true), expected[i]);
  }
}

std::string own_columns(std::span<const Column> columns) {
  std::size_t first = 0;
  while (first < columns.size() && columns[first].number <= 100) ++first;
  return outline(columns.subspan(first), false);
}

TEST(Columns, EndWithOurOwn) {
  EXPECT_EQ(
      own_columns(columns()),
      "date DATE, event_id STRING, ip STRING, synced_at_utc_ TIMESTAMP, synced_at_micros_ INTEGER, "
      "subscription_name STRING, message_id STRING, publish_time TIMESTAMP, attributes JSON");
  EXPECT_EQ(columns().size(), 31 + 9);
}

TEST(Columns, HaveOurOwnAtTheEndOfFiveRecordsAndOfNoOther) {
  const std::map<std::string_view, std::string> expected = {
      {"privacy_info", strings({"ad_user_data", "ad_personalization", "functionality_storage",
                                "personalization_storage", "security_storage"})},
      {"device", "is_bot BOOLEAN, bot_name STRING, user_agent STRING"},
      {"collected_traffic_source",
       strings({"fbclid", "gbraid", "wbraid", "msclkid", "ttclid", "twclid", "li_fat_id"})},
      {"ecommerce",
       "value FLOAT, " + strings({"currency", "coupon", "payment_type", "shipping_tier",
                                  "item_list_id", "item_list_name", "promotion_id",
                                  "promotion_name", "creative_name", "creative_slot"})},
      {"items", "discount FLOAT, index INTEGER"},
  };
  for (const Column& column : columns()) {
    const auto found = expected.find(column.name);
    EXPECT_EQ(own_columns(column.children), found == expected.end() ? "" : found->second)
        << column.name;
    for (const Column& child : column.children) EXPECT_EQ(own_columns(child.children), "");
  }
}

void expect_described(std::span<const Column> columns) {
  for (const Column& column : columns) {
    EXPECT_GT(column.description.size(), 4) << column.name;
    EXPECT_EQ(column.description.back(), '.') << column.name;
    // They stand in Markdown tables and in JSON as they are.
    EXPECT_EQ(column.description.find_first_of("|`\"\\\n"), std::string_view::npos) << column.name;
    expect_described(column.children);
  }
}

TEST(Columns, AreDescribed) {
  expect_described(columns());
}

void expect_same(std::span<const Column> columns, const google::protobuf::Descriptor& message) {
  ASSERT_EQ(columns.size(), static_cast<std::size_t>(message.field_count()));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& field = *message.field(static_cast<int>(i));
    EXPECT_EQ(columns[i].name, field.name());
    EXPECT_EQ(columns[i].number, static_cast<std::uint32_t>(field.number()));
    EXPECT_EQ(columns[i].mode == Mode::kRepeated, field.is_repeated());
    EXPECT_EQ(columns[i].type == ColumnType::kRecord, field.message_type() != nullptr);
    EXPECT_EQ(columns[i].description, field.options().GetExtension(real_streaming::description));
    const auto written = google::protobuf::internal::WireFormatLite::WireTypeForFieldType(
        static_cast<google::protobuf::internal::WireFormatLite::FieldType>(field.type()));
    EXPECT_EQ(static_cast<int>(wire_type(columns[i].type)), static_cast<int>(written))
        << field.name();
    if (field.message_type() == nullptr) continue;
    EXPECT_EQ(columns[i].message, field.message_type()->name());
    expect_same(columns[i].children, *field.message_type());
  }
}

TEST(Columns, AreTheFieldsOfTheProto) {
  expect_same(columns(), *real_streaming::Row::descriptor());
}

}  // namespace
}  // namespace rs::row
