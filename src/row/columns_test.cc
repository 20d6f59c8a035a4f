#include "row/columns.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include <event.pb.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "row/message_reader.h"

namespace rs::row {
namespace {

// GA4's export table events_ as read off a real property in 2026: all columns in physical order,
// with their types (STRING when not said), the columns of a record in brackets, a star if it is
// repeated.
constexpr char kGa4Columns[] = R"(
event_date
event_timestamp INTEGER
event_name
event_params* [ key, value [ string_value, int_value INTEGER, float_value FLOAT, double_value FLOAT ] ]
event_previous_timestamp INTEGER
event_value_in_usd FLOAT
event_bundle_sequence_id INTEGER
event_server_timestamp_offset INTEGER
user_id
user_pseudo_id
privacy_info [ analytics_storage, ads_storage, uses_transient_token ]
user_properties* [ key, value [ string_value, int_value INTEGER, float_value FLOAT, double_value FLOAT, set_timestamp_micros INTEGER ] ]
user_first_touch_timestamp INTEGER
user_ltv [ revenue FLOAT, currency ]
device [ category, mobile_brand_name, mobile_model_name, mobile_marketing_name, mobile_os_hardware_model, operating_system, operating_system_version, vendor_id, advertising_id, language, is_limited_ad_tracking, time_zone_offset_seconds INTEGER, browser, browser_version, web_info [ browser, browser_version, hostname ] ]
geo [ city, country, continent, region, sub_continent, metro ]
app_info [ id, version, install_store, firebase_app_id, install_source ]
traffic_source [ name, medium, source ]
stream_id
platform
event_dimensions [ hostname ]
ecommerce [ total_item_quantity INTEGER, purchase_revenue_in_usd FLOAT, purchase_revenue FLOAT, refund_value_in_usd FLOAT, refund_value FLOAT, shipping_value_in_usd FLOAT, shipping_value FLOAT, tax_value_in_usd FLOAT, tax_value FLOAT, unique_items INTEGER, transaction_id ]
items* [ item_id, item_name, item_brand, item_variant, item_category, item_category2, item_category3, item_category4, item_category5, price_in_usd FLOAT, price FLOAT, quantity INTEGER, item_revenue_in_usd FLOAT, item_revenue FLOAT, item_refund_in_usd FLOAT, item_refund FLOAT, coupon, affiliation, location_id, item_list_id, item_list_name, item_list_index, promotion_id, promotion_name, creative_name, creative_slot, item_params* [ key, value [ string_value, int_value INTEGER, float_value FLOAT, double_value FLOAT ] ] ]
collected_traffic_source [ manual_campaign_id, manual_campaign_name, manual_source, manual_medium, manual_term, manual_content, manual_source_platform, manual_creative_format, manual_marketing_tactic, gclid, dclid, srsltid ]
is_active_user BOOLEAN
batch_event_index INTEGER
batch_page_id INTEGER
batch_ordering_id INTEGER
session_traffic_source_last_click [ manual_campaign [ campaign_id, campaign_name, source, medium, term, content, source_platform, creative_format, marketing_tactic ], google_ads_campaign [ customer_id, account_name, campaign_id, campaign_name, ad_group_id, ad_group_name ], cross_channel_campaign [ campaign_id, campaign_name, source, medium, source_platform, default_channel_group, primary_channel_group ], sa360_campaign [ campaign_id, campaign_name, source, medium, ad_group_id, ad_group_name, creative_format, engine_account_name, engine_account_type, manager_account_name ], cm360_campaign [ campaign_id, campaign_name, source, medium, account_id, account_name, advertiser_id, advertiser_name, creative_id, creative_format, creative_name, creative_type, creative_type_id, creative_version, placement_id, placement_cost_structure, placement_name, rendering_id, site_id, site_name ], dv360_campaign [ campaign_id, campaign_name, source, medium, advertiser_id, advertiser_name, creative_id, creative_format, creative_name, exchange_id, exchange_name, insertion_order_id, insertion_order_name, line_item_id, line_item_name, partner_id, partner_name ] ]
publisher [ ad_revenue_in_usd FLOAT, ad_format, ad_source_name, ad_unit_id ]
event_original_occurrence_timestamp INTEGER
)";

const char* name_of(ColumnType type) {
  static constexpr const char* kNames[] = {"",        " INTEGER", " FLOAT",     " BOOLEAN",
                                           " RECORD", " DATE",    " TIMESTAMP", " JSON"};
  return kNames[static_cast<std::size_t>(type)];
}

bool is_ours(const Column& column) {
  return column.number > 100;
}

// In the notation above.
std::string outline(std::span<const Column> columns, bool with_ours) {
  std::string out;
  for (const Column& column : columns) {
    if (is_ours(column) && !with_ours) break;
    if (!out.empty()) out += ", ";
    out += column.name;
    if (column.mode == Mode::kRepeated) out += "*";
    out += column.type == ColumnType::kRecord ? " [ " + outline(column.children, with_ours) + " ]"
                                              : name_of(column.type);
  }
  return out;
}

std::string outline_of_ours(std::span<const Column> columns) {
  const auto first = std::find_if(columns.begin(), columns.end(), is_ours);
  return outline({first, columns.end()}, true);
}

TEST(Columns, BeginWithThoseOfGa4) {
  std::istringstream expected(kGa4Columns);
  std::string line;
  std::getline(expected, line);  // The empty one behind the opening quote.
  std::size_t i = 0;
  for (; std::getline(expected, line); ++i)
    EXPECT_EQ(outline(columns().subspan(i, 1), false), line);
  EXPECT_EQ(i, 31);
}

TEST(Columns, EndWithOurOwn) {
  EXPECT_EQ(outline_of_ours(columns()),
            "date DATE, event_id, ip, synced_at_utc_ TIMESTAMP, synced_at_micros_ INTEGER, "
            "subscription_name, message_id, publish_time TIMESTAMP, attributes JSON");
  EXPECT_EQ(columns().size(), 31 + 9);
}

TEST(Columns, HaveOurOwnAtTheEndOfFiveRecordsAndOfNoOther) {
  const std::map<std::string_view, std::string> expected = {
      {"privacy_info",
       "ad_user_data, ad_personalization, functionality_storage, personalization_storage, "
       "security_storage"},
      {"device", "is_bot BOOLEAN, bot_name, user_agent"},
      {"collected_traffic_source", "fbclid, gbraid, wbraid, msclkid, ttclid, twclid, li_fat_id"},
      {"ecommerce",
       "value FLOAT, currency, coupon, payment_type, shipping_tier, item_list_id, item_list_name, "
       "promotion_id, promotion_name, creative_name, creative_slot"},
      {"items", "discount FLOAT, index INTEGER"},
  };
  for (const Column& column : columns()) {
    const auto found = expected.find(column.name);
    EXPECT_EQ(outline_of_ours(column.children), found == expected.end() ? "" : found->second)
        << column.name;
    for (const Column& child : column.children) EXPECT_EQ(outline_of_ours(child.children), "");
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
