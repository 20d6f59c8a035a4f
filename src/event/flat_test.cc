#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/flat_keys.h"
#include "event/payload_parser.h"

// What tags send beside event_name, and what is said of it when it is asked for.

namespace rs::event {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string describe(const row::EventParam& param) {
  if (!param.value) return fmt::format("{} none", *param.key);
  const auto& value = *param.value;
  if (value.string_value) return fmt::format("{} '{}'", *param.key, *value.string_value);
  if (value.int_value) return fmt::format("{} {}", *param.key, *value.int_value);
  return fmt::format("{} {} double", *param.key, value.double_value.value_or(-1));
}

std::vector<std::string> describe(std::span<const row::EventParam> params) {
  std::vector<std::string> out;
  for (const auto& param : params) out.push_back(describe(param));
  return out;
}

class FlatTest : public testing::Test {
 protected:
  FlatTest() { parser_.set_warnings(&warnings_); }

  // An event with these members beside its name.
  const Payload& with(std::string_view members) {
    warnings_.clear();
    text_ = fmt::format(R"({{"event_name":"e",{}}})", members);
    const auto size = text_.size();
    text_.append(64, '9');
    const Payload* payload = parser_.parse(std::string_view(text_).substr(0, size));
    detail_.clear();
    parser_.append_detail(detail_);
    EXPECT_NE(payload, nullptr) << text_ << detail_;
    static const Payload none{};
    return payload != nullptr ? *payload : none;
  }
  // "type path" of each.
  std::vector<std::string> warnings() {
    std::vector<std::string> out;
    for (const auto& warning : warnings_.list()) {
      auto& text = out.emplace_back(warning.type);
      for (const auto& step : warning.loc) {
        text += ' ';
        const auto* key = std::get_if<std::string>(&step);
        text += key != nullptr ? *key : std::to_string(std::get<std::size_t>(step));
      }
    }
    return out;
  }

  Warnings warnings_;
  PayloadParser parser_;
  std::string text_, detail_;
};

TEST_F(FlatTest, TakesThePublicDataTagsPageView) {
  const auto& payload = with(R"("page_location":"https://shop.example/?utm_source=x",
      "page_hostname":"shop.example","page_referrer":"","page_title":"2024","page_encoding":"UTF-8",
      "screen_resolution":"1920x1080","viewport_size":"1280x720","v":2,"event":"page_view",
      "consent_state":{"ad_storage":false,"analytics_storage":true,"ad_user_data":false},
      "_dcid_temp":"dcid.1.1764000000000.444444444","gtm.start":1764000000000)");
  EXPECT_THAT(
      describe(payload.event_params),
      ElementsAre("page_location 'https://shop.example/?utm_source=x'",
                  "page_hostname 'shop.example'", "page_title '2024'", "page_encoding 'UTF-8'",
                  "screen_resolution '1920x1080'", "viewport_size '1280x720'"));
  ASSERT_TRUE(payload.privacy_info);
  EXPECT_EQ(payload.privacy_info->ads_storage, "No");
  EXPECT_EQ(payload.privacy_info->analytics_storage, "Yes");
  EXPECT_EQ(payload.privacy_info->ad_user_data, "No");
  EXPECT_EQ(payload.unknown_keys, 0u);
  EXPECT_EQ(payload.ignored_keys, 4u);
  EXPECT_THAT(warnings(), ElementsAre("ignored_key v", "ignored_key event",
                                      "ignored_key _dcid_temp", "ignored_key gtm.start"));
}

TEST_F(FlatTest, TakesAPurchase) {
  const auto& payload = with(R"("transaction_id":4711,"value":"99.90","tax":8,"shipping":5.5,
      "currency":"EUR","coupon":"SPRING","payment_type":"card",
      "items":[{"item_id":"SKU1","price":"99.90","quantity":1,"size":"M","weight_kg":1.25}])");
  EXPECT_THAT(
      describe(payload.event_params),
      ElementsAre("transaction_id '4711'", "value 99.9 double", "tax 8", "shipping 5.5 double",
                  "currency 'EUR'", "coupon 'SPRING'", "payment_type 'card'"));
  ASSERT_TRUE(payload.ecommerce);
  EXPECT_EQ(payload.ecommerce->transaction_id, "4711");
  EXPECT_EQ(payload.ecommerce->value, 99.9);
  EXPECT_EQ(payload.ecommerce->tax_value, 8);
  EXPECT_EQ(payload.ecommerce->shipping_value, 5.5);
  EXPECT_EQ(payload.ecommerce->currency, "EUR");
  EXPECT_EQ(payload.ecommerce->payment_type, "card");
  ASSERT_EQ(payload.items.size(), 1u);
  EXPECT_EQ(payload.items[0].price, 99.9);
  EXPECT_THAT(describe(payload.items[0].item_params),
              ElementsAre("size 'M'", "weight_kg 1.25 double"));
  EXPECT_THAT(warnings(), ElementsAre("stored_as_text transaction_id", "stored_as_number value",
                                      "stored_as_number items 0 price"));
}

TEST_F(FlatTest, LetsTheNativeFormWin) {
  const auto& payload = with(R"("value":1,"currency":"EUR","page_title":"flat","coupon":"FLAT",
      "event_params":[{"key":"page_title","value":{"string_value":"native"}},{"key":"own"}],
      "ecommerce":{"value":2,"currency":"USD","items":[{"item_id":"from the dataLayer"}]},
      "items":[{"item_id":"native","size":"flat",
                "item_params":[{"key":"size","value":{"string_value":"native"}}]}],
      "privacy_info":{"ad_storage":true},"consent_state":{"ad_storage":false,"analytics_storage":false})");
  EXPECT_THAT(
      describe(payload.event_params),
      ElementsAre("value 1", "currency 'EUR'", "page_title 'native'", "coupon 'FLAT'", "own none"));
  EXPECT_EQ(payload.ecommerce->value, 2);
  EXPECT_EQ(payload.ecommerce->currency, "USD");
  EXPECT_EQ(payload.ecommerce->coupon, "FLAT");
  ASSERT_EQ(payload.items.size(), 1u);
  EXPECT_EQ(payload.items[0].item_id, "native");
  EXPECT_THAT(describe(payload.items[0].item_params), ElementsAre("size 'native'"));
  EXPECT_EQ(payload.privacy_info->ads_storage, "Yes");
  EXPECT_EQ(payload.privacy_info->analytics_storage, "No") << "a denial that is said nowhere else";
}

TEST_F(FlatTest, TakesItemsFromTheDataLayersEcommerce) {
  const auto& payload = with(R"("ecommerce":{"transaction_id":"T","items":[{"item_id":"A"}]})");
  ASSERT_EQ(payload.items.size(), 1u);
  EXPECT_EQ(payload.items[0].item_id, "A");
  EXPECT_EQ(payload.ecommerce->transaction_id, "T");
}

TEST_F(FlatTest, KnowsWhoTheVisitorIs) {
  const auto& payload = with(R"("client_id":1234567890.5,"user_pseudo_id":"said")");
  EXPECT_EQ(payload.client_id, "1234567890.5");
  EXPECT_EQ(payload.user_pseudo_id, "said");
}

TEST_F(FlatTest, RenamesTheSessionAsGa4Does) {
  EXPECT_THAT(describe(with(R"("session_id":"1764000000","session_number":3)").event_params),
              ElementsAre("ga_session_id 1764000000", "ga_session_number 3"));
}

TEST_F(FlatTest, KeepsTheLastOfARepeatedKey) {
  EXPECT_THAT(
      describe(with(R"("value":1,"page_title":"a","value":2,"page_title":null)").event_params),
      ElementsAre("value 2"));
}

TEST_F(FlatTest, PassesOverWhatIsNotAScalarAndWhatItDoesNotKnow) {
  const auto& payload = with(R"("value":{"a":1},"page_title":["x"],"surprise":{"b":[1]},
      "consent_state":"[object Object]","visible":true,"outbound":{})");
  EXPECT_THAT(describe(payload.event_params), ElementsAre("visible 'true'"));
  EXPECT_FALSE(payload.privacy_info);
  EXPECT_EQ(payload.unknown_keys, 5u);
  EXPECT_THAT(warnings(), ElementsAre("not_a_scalar value", "not_a_scalar page_title",
                                      "unknown_key surprise", "unknown_key consent_state",
                                      "stored_as_text visible", "not_a_scalar outbound"));
}

TEST_F(FlatTest, StoresNoUserData) {
  const auto& payload = with(R"("user_data":{"sha256_email_address":"ab"},"email_address":"a@b.c",
      "phone_number":"1","first_name":"x","postal_code":"9")");
  EXPECT_THAT(payload.event_params, IsEmpty());
  EXPECT_EQ(payload.unknown_keys, 0u);
  EXPECT_EQ(payload.ignored_keys, 5u);
  EXPECT_THAT(warnings(), testing::Each(HasSubstr("user_data ")));
}

TEST_F(FlatTest, NamesUnknownKeysAtEveryLevel) {
  (void)with(R"("ecommerce":{"revenue":1},"privacy_info":{"x":1},"app_info":{"y":2},"z":0)");
  EXPECT_THAT(warnings(), ElementsAre("unknown_key ecommerce revenue", "unknown_key privacy_info x",
                                      "unknown_key app_info y", "unknown_key z"));
}

TEST_F(FlatTest, SaysWhatIsStoredOtherwiseThanItWasSent) {
  (void)with(R"("user_id":42,"items":[{"quantity":1.5,"price":"free"}],
      "event_params":[{"key":7,"value":{"int_value":"8"}},{"key":"a"},{"key":"a"}])");
  EXPECT_THAT(
      warnings(),
      ElementsAre("stored_as_text user_id", "kept_as_parameter items 0 quantity",
                  "kept_as_parameter items 0 price", "stored_as_text event_params 0 key",
                  "stored_as_number event_params 0 value int_value", "repeated_key event_params"));
  (void)with(R"("event_params":[{"key":"a","value":{"int_value":8}}],"value":9,"user_id":"x")");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(FlatTest, NotesWarningsOnlyWhenAsked) {
  parser_.set_warnings(nullptr);
  (void)with(R"("surprise":1,"user_id":7)");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(FlatTest, LimitsTheKeysOfAnItemWithItsParameters) {
  std::string item = R"({"item_params":[{"key":"a"}])";
  for (int i = 0; i < 100; ++i) item += fmt::format(R"(,"k{}":1)", i);
  const std::string body = R"({"event_name":"e","items":[)" + item + "}]}" + std::string(64, ' ');
  EXPECT_EQ(parser_.parse(std::string_view(body).substr(0, body.size() - 64)), nullptr);
  detail_.clear();
  parser_.append_detail(detail_);
  EXPECT_THAT(detail_, HasSubstr(R"("loc":["body","items",0])"));
  EXPECT_THAT(detail_, HasSubstr("LIMITS__ITEM_PARAMS"));
}

TEST_F(FlatTest, TakesTheNameFromElsewhereWhereTheBodyHasNone) {
  const std::string body = R"({"page_title":"x"})" + std::string(64, ' ');
  const Payload* payload = parser_.parse(std::string_view(body).substr(0, 18), "from the query");
  ASSERT_NE(payload, nullptr);
  EXPECT_EQ(payload->event_name, "from the query");
}

TEST(FlatKeys, AreFoundByTheirWholeName) {
  EXPECT_EQ(find_flat_key("value").kind, FlatKind::kNumber);
  EXPECT_EQ(find_flat_key("currency").kind, FlatKind::kText);
  EXPECT_EQ(find_flat_key("session_id").param, "ga_session_id");
  for (const char* other : {"", "valu", "values", "Value", "event_name", "items", "zzz"}) {
    EXPECT_EQ(find_flat_key(other).kind, FlatKind::kUnknown) << other;
  }
}

}  // namespace
}  // namespace rs::event
