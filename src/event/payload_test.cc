#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/payload_parser.h"

namespace rs::event {
namespace {

using testing::ElementsAre;

// Parses bodies and keeps the last one alive.
class PayloadTest : public testing::Test {
 protected:
  const Payload* parse(std::string_view text) {
    body_.assign(text);
    body_.append(64, '9');  // What lies behind the body must not matter.
    return parser_.parse(std::string_view(body_).substr(0, text.size()));
  }
  const Payload& accepted(std::string_view text) {
    const Payload* payload = parse(text);
    EXPECT_NE(payload, nullptr) << text << "\n" << detail();
    static const Payload none{};
    return payload != nullptr ? *payload : none;
  }
  // An event with this text after its name.
  const Payload& with(std::string_view members) {
    return accepted(fmt::format(R"({{"event_name":"e",{}}})", members));
  }
  std::string detail() {
    std::string out;
    parser_.append_detail(out);
    return out;
  }
  std::string refused(std::string_view text) {
    EXPECT_EQ(parse(text), nullptr) << text;
    return detail();
  }

  PayloadParser parser_;
  std::string body_;
};

template <class Value>
std::string describe_value(const std::optional<Value>& value) {
  if (!value) return "none";
  std::string out;
  if (value->string_value) out += fmt::format("string:{};", *value->string_value);
  if (value->int_value) out += fmt::format("int:{};", *value->int_value);
  if (value->float_value) out += fmt::format("float:{};", *value->float_value);
  if (value->double_value) out += fmt::format("double:{};", *value->double_value);
  return out;
}

template <class Param>
std::vector<std::string> describe(std::span<const Param> params) {
  std::vector<std::string> out;
  for (const auto& param : params) {
    out.push_back(fmt::format("{}={}", param.key.value_or("NULL"), describe_value(param.value)));
  }
  return out;
}

TEST_F(PayloadTest, TakesTheExampleOfTheContractInFull) {
  const Payload& payload = accepted(
      R"({"event_name":"page_view",
 "event_params":[{"key":"page_location","value":{"string_value":"https://example.com/page"}}],
 "user_id":"user123",
 "privacy_info":{"ad_storage":true,"analytics_storage":true},
 "user_properties":[{"key":"user_type","value":{"string_value":"premium"}}],
 "app_info":{"id":"web-app","version":"1.0.0"},
 "ecommerce":{"transaction_id":"T12345","value":99.99,"currency":"USD"},
 "items":[{"item_id":"SKU123","item_name":"Product Name","price":99.99,"quantity":1}]})");
  EXPECT_EQ(payload.event_name, "page_view");
  EXPECT_THAT(describe(payload.event_params),
              ElementsAre("page_location=string:https://example.com/page;"));
  EXPECT_EQ(payload.user_id, "user123");
  ASSERT_TRUE(payload.privacy_info);
  EXPECT_EQ(payload.privacy_info->ads_storage, "Yes");
  EXPECT_EQ(payload.privacy_info->analytics_storage, "Yes");
  EXPECT_EQ(payload.privacy_info->ad_user_data, std::nullopt);
  EXPECT_THAT(describe(payload.user_properties), ElementsAre("user_type=string:premium;"));
  ASSERT_TRUE(payload.app_info);
  EXPECT_EQ(payload.app_info->id, "web-app");
  EXPECT_EQ(payload.app_info->version, "1.0.0");
  ASSERT_TRUE(payload.ecommerce);
  EXPECT_EQ(payload.ecommerce->transaction_id, "T12345");
  EXPECT_EQ(payload.ecommerce->value, 99.99);
  EXPECT_EQ(payload.ecommerce->currency, "USD");
  ASSERT_EQ(payload.items.size(), 1u);
  EXPECT_EQ(payload.items[0].item_id, "SKU123");
  EXPECT_EQ(payload.items[0].item_name, "Product Name");
  EXPECT_EQ(payload.items[0].price, 99.99);
  EXPECT_EQ(payload.items[0].quantity, 1);
  EXPECT_EQ(payload.unknown_keys, 0u);
}

TEST_F(PayloadTest, TakesOptionalTopLevelValues) {
  const Payload& payload = with(
      R"("event_id":"id-1","timestamp_micros":1764222222222222,"batch_event_index":1,"batch_page_id":2,"batch_ordering_id":3)");
  EXPECT_EQ(payload.event_id, "id-1");
  EXPECT_EQ(payload.timestamp_micros, 1764222222222222);
  EXPECT_EQ(payload.batch_event_index, 1);
  EXPECT_EQ(payload.batch_page_id, 2);
  EXPECT_EQ(payload.batch_ordering_id, 3);
}

TEST_F(PayloadTest, NeedsNothingButTheName) {
  const Payload& payload = accepted(R"({"event_name":"e"})");
  EXPECT_EQ(payload.event_name, "e");
  EXPECT_TRUE(payload.event_params.empty());
  EXPECT_FALSE(payload.event_id || payload.user_id || payload.timestamp_micros ||
               payload.privacy_info || payload.app_info || payload.ecommerce);
}

TEST_F(PayloadTest, TakesNullForEveryKeyAtEveryLevel) {
  const char* const cases[] = {
      R"("event_id":null,"user_id":null,"timestamp_micros":null,"batch_page_id":null)",
      R"("event_params":null,"user_properties":null,"items":null)",
      R"("privacy_info":null,"app_info":null,"ecommerce":null)",
      R"("privacy_info":{"ad_storage":null},"app_info":{"id":null},"ecommerce":{"value":null,"currency":null})",
      R"("items":[{"item_id":null,"price":null,"quantity":null,"index":null,"item_params":null}])",
      R"("event_params":[{"key":"k","value":null}],"user_properties":[{"key":"k","value":null}])",
      R"("event_params":[{"key":"k","value":{"string_value":null,"int_value":null,"float_value":null,"double_value":null}}])",
      R"("user_properties":[{"key":"k","value":{"string_value":null,"set_timestamp_micros":null}}])",
      R"("items":[{"item_params":[{"key":"k","value":null}]}],"event_params":[],"ecommerce":{},"privacy_info":{})",
  };
  for (const char* members : cases) with(members);
  EXPECT_EQ(with(cases[0]).event_id, std::nullopt);
  EXPECT_EQ(with(cases[2]).ecommerce, std::nullopt);
}

struct ParamCase {
  const char* params;
  const char* expected;
};

TEST_F(PayloadTest, TakesSloppyParameterValuesAsTheyAreMeant) {
  const ParamCase cases[] = {
      {R"({"key":"k","value":{"int_value":20.0}})", "k=int:20;"},
      {R"({"key":"k","value":{"int_value":1.5}})", "k=double:1.5;"},
      {R"({"key":"k","value":{"int_value":12345678901234567000}})",
       "k=double:1.2345678901234567e+19;"},
      {R"({"key":"k","value":{"int_value":9223372036854775807}})", "k=int:9223372036854775807;"},
      {R"({"key":"k","value":{"int_value":-9223372036854775809}})",
       "k=double:-9.223372036854776e+18;"},
      {R"({"key":"k","value":{"int_value":1.5,"double_value":2.5}})", "k=double:2.5;"},
      {R"({"key":"k","value":{"double_value":2.5,"int_value":1.5}})", "k=double:2.5;"},
      {R"({"key":"k","value":{"int_value":null}})", "k=none"},
      {R"({"key":"k","value":{}})", "k=none"},
      {R"({"key":"k"})", "k=none"},
      {R"({"value":{"int_value":1},"key":"k"})", "k=int:1;"},
      {R"({"key":"k","value":{"int_value":"42"}})", "k=int:42;"},
      {R"({"key":"k","value":{"int_value":" +007 "}})", "k=int:7;"},
      {R"({"key":"k","value":{"int_value":"1.5"}})", "k=double:1.5;"},
      {R"({"key":"k","value":{"int_value":""}})", "k=none"},
      {R"({"key":"k","value":{"int_value":true}})", "k=int:1;"},
      {R"({"key":"k","value":{"float_value":72.5}})", "k=float:72.5;"},
      {R"({"key":"k","value":{"float_value":20}})", "k=float:20;"},
      {R"({"key":"k","value":{"float_value":"99.99"}})", "k=float:99.99;"},
      {R"({"key":"k","value":{"double_value":".5"}})", "k=double:0.5;"},
      {R"({"key":"k","value":{"double_value":"5."}})", "k=double:5;"},
      {R"({"key":"k","value":{"double_value":"-0.50e1"}})", "k=double:-5;"},
      {R"({"key":"k","value":{"double_value":false}})", "k=double:0;"},
      {R"({"key":"k","value":{"string_value":"  x "}})", "k=string:  x ;"},
      {R"({"key":"k","value":{"string_value":""}})", "k=string:;"},
      {R"({"key":"k","value":{"string_value":12.50}})", "k=string:12.50;"},
      {R"({"key":"k","value":{"string_value":true}})", "k=string:true;"},
      {R"({"key":"k","value":{"string_value":"a","int_value":1}})", "k=string:a;int:1;"},
      {R"({"key":7,"value":{"int_value":1}})", "7=int:1;"},
      {R"({"key":"k","extra":[1,{"a":2}],"value":{"more":{"b":[]},"int_value":1}})", "k=int:1;"},
      {R"({"key":"k","value":{"int_value":1},"value":{"int_value":2}})", "k=int:2;"},
      {R"({"key":"a\u0062","value":{"string_value":"\u00fc\n"}})", "ab=string:\xc3\xbc\n;"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(describe(with(fmt::format(R"("event_params":[{}])", c.params)).event_params),
                ElementsAre(c.expected));
    EXPECT_THAT(describe(with(fmt::format(R"("user_properties":[{}])", c.params)).user_properties),
                ElementsAre(c.expected));
    const Payload& payload = with(fmt::format(R"("items":[{{"item_params":[{}]}}])", c.params));
    ASSERT_EQ(payload.items.size(), 1u);
    EXPECT_THAT(describe(payload.items[0].item_params), ElementsAre(c.expected));
  }
}

TEST_F(PayloadTest, KeepsTheLastValueOfARepeatedKeyAtItsFirstPlace) {
  const char* const params =
      R"([{"key":"a","value":{"int_value":1}},{"key":"b","value":{"int_value":2}},{"key":"a","value":{"string_value":"x"}},{"key":"c"},{"key":"b"}])";
  EXPECT_THAT(describe(with(fmt::format(R"("event_params":{})", params)).event_params),
              ElementsAre("a=string:x;", "b=none", "c=none"));
  EXPECT_THAT(describe(with(fmt::format(R"("user_properties":{})", params)).user_properties),
              ElementsAre("a=string:x;", "b=none", "c=none"));
}

TEST_F(PayloadTest, FindsRepeatedKeysInListsOfEveryLength) {
  for (std::size_t count : {3u, 15u, 16u, 17u, 18u, 100u, 499u}) {
    const std::size_t keys = count / 3 + 1;
    std::string params;
    for (std::size_t i = 0; i < count; ++i) {
      params += fmt::format(R"({}{{"key":"k{}","value":{{"int_value":{}}}}})", i > 0 ? "," : "",
                            i % keys, i);
    }
    const Payload& payload = with(fmt::format(R"("event_params":[{}])", params));
    ASSERT_EQ(payload.event_params.size(), keys);
    for (std::size_t i = 0; i < keys; ++i) {
      const std::size_t last = (count - 1 - i) / keys * keys + i;
      ASSERT_EQ(payload.event_params[i].key, fmt::format("k{}", i));
      ASSERT_EQ(payload.event_params[i].value->int_value, static_cast<std::int64_t>(last));
    }
  }
}

TEST_F(PayloadTest, TakesNumbersAsIdentifiers) {
  const Payload& payload = with(R"("user_id":42,"event_id":12345678901234567000)");
  EXPECT_EQ(payload.user_id, "42");
  EXPECT_EQ(payload.event_id, "12345678901234567000");
}

TEST_F(PayloadTest, TakesTextAsNumbersInColumnsThatAreNumbers) {
  const Payload& payload = with(
      R"("ecommerce":{"value":"99.99","tax":"1.5","shipping":2,"unique_items":"3","transaction_id":7,"coupon":false},
         "items":[{"price":"9.90","quantity":"2.0","index":"","item_id":5,"item_list_index":3,"discount":true}],"timestamp_micros":"1764222222222222")");
  ASSERT_TRUE(payload.ecommerce);
  EXPECT_EQ(payload.ecommerce->value, 99.99);
  EXPECT_EQ(payload.ecommerce->tax_value, 1.5);
  EXPECT_EQ(payload.ecommerce->shipping_value, 2);
  EXPECT_EQ(payload.ecommerce->unique_items, 3);
  EXPECT_EQ(payload.ecommerce->transaction_id, "7");
  EXPECT_EQ(payload.ecommerce->coupon, "false");
  ASSERT_EQ(payload.items.size(), 1u);
  EXPECT_EQ(payload.items[0].price, 9.9);
  EXPECT_EQ(payload.items[0].quantity, 2);
  EXPECT_EQ(payload.items[0].index, std::nullopt);
  EXPECT_EQ(payload.items[0].item_id, "5");
  EXPECT_EQ(payload.items[0].item_list_index, "3");
  EXPECT_EQ(payload.items[0].discount, 1);
  EXPECT_EQ(payload.timestamp_micros, 1764222222222222);
}

TEST_F(PayloadTest, KeepsWhenAUserPropertyWasSet) {
  const Payload& payload = with(
      R"("user_properties":[{"key":"k","value":{"int_value":1,"set_timestamp_micros":1764222222222222}}])");
  EXPECT_EQ(payload.user_properties[0].value->set_timestamp_micros, 1764222222222222);
}

TEST_F(PayloadTest, UnderstandsConsentInTheWordsPeopleUse) {
  const std::pair<const char*, const char*> cases[] = {
      {"true", "Yes"},        {"false", "No"},      {"1", "Yes"},       {"0", "No"},
      {"\"true\"", "Yes"},    {"\"FALSE\"", "No"},  {"\"yes\"", "Yes"}, {"\"No\"", "No"},
      {"\"granted\"", "Yes"}, {"\"Denied\"", "No"}, {"\"1\"", "Yes"},   {"\" 0 \"", "No"},
      {"null", ""},           {"\"\"", ""},         {"\"unset\"", ""},
  };
  for (const auto& [said, stored] : cases) {
    const Payload& payload = with(fmt::format(R"("privacy_info":{{"security_storage":{}}})", said));
    ASSERT_TRUE(payload.privacy_info) << said;
    EXPECT_EQ(payload.privacy_info->security_storage.value_or(""), stored) << said;
  }
}

TEST_F(PayloadTest, FillsEveryConsentThatTheTagSends) {
  const Payload& payload = with(
      R"("privacy_info":{"ad_storage":true,"ad_user_data":false,"ad_personalization":true,"analytics_storage":false,"functionality_storage":true,"personalization_storage":false,"security_storage":true})");
  ASSERT_TRUE(payload.privacy_info);
  const auto& info = *payload.privacy_info;
  EXPECT_EQ(info.ads_storage, "Yes");
  EXPECT_EQ(info.ad_user_data, "No");
  EXPECT_EQ(info.ad_personalization, "Yes");
  EXPECT_EQ(info.analytics_storage, "No");
  EXPECT_EQ(info.functionality_storage, "Yes");
  EXPECT_EQ(info.personalization_storage, "No");
  EXPECT_EQ(info.security_storage, "Yes");
}

TEST_F(PayloadTest, PassesOverUnknownKeysAndCountsThem) {
  const Payload& payload = with(
      R"("v":2,"_dcid_temp":"dcid.1.1","common_cookie":{"_fbp":"x"},"x-ga-page_id":1,"colour":"red","deep":[{"a":[1,2,{}]}])");
  EXPECT_EQ(payload.ignored_keys, 4u);
  EXPECT_EQ(payload.unknown_keys, 2u);
}

TEST_F(PayloadTest, TakesTheLastOfRepeatedTopLevelKeys) {
  EXPECT_EQ(accepted(R"({"event_name":"a","event_name":"b"})").event_name, "b");
  EXPECT_EQ(accepted(R"({"event_name":[],"event_name":"b"})").event_name, "b");
  EXPECT_THAT(
      describe(with(R"("event_params":3,"event_params":[{"key":"a"}],"event_params":[{"key":"b"}])")
                   .event_params),
      ElementsAre("b=none"));
  EXPECT_TRUE(with(R"("items":[{}],"items":null)").items.empty());
  EXPECT_EQ(with(R"("items":[{"price":1,"price":null}])").items[0].price, std::nullopt);
  EXPECT_EQ(with(R"("ecommerce":{"coupon":"a","coupon":null})").ecommerce->coupon, std::nullopt);
  EXPECT_EQ(
      with(R"("privacy_info":{"ad_storage":true,"ad_storage":"unset"})").privacy_info->ads_storage,
      std::nullopt);
}

TEST_F(PayloadTest, IsReusedWithoutRememberingTheLastEvent) {
  with(
      R"("user_id":"u","event_params":[{"key":"a"}],"items":[{}],"ecommerce":{"value":1},"nobody":1)");
  refused("{");
  const Payload& payload = accepted(R"({"event_name":"e"})");
  EXPECT_FALSE(payload.user_id || payload.ecommerce);
  EXPECT_TRUE(payload.event_params.empty() && payload.items.empty());
  EXPECT_EQ(payload.unknown_keys, 0u);
  EXPECT_TRUE(parser_.problems().empty());
}

// The bodies of ga4.md section 4.3, as tags in the field send them.
TEST_F(PayloadTest, TakesWhatTheTagTemplateSends) {
  const Payload& page_view = accepted(
      R"({"event_name":"page_view","v":2,"event_id":"1764222222222_17643333333333","event_params":[{"key":"page_location","value":{"string_value":"https://www.shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=Cj0TEST"}},{"key":"page_hostname","value":{"string_value":"www.shop.example"}},{"key":"page_referrer","value":{"string_value":"https://www.google.com/"}},{"key":"page_title","value":{"string_value":"Home - Shop"}},{"key":"page_encoding","value":{"string_value":"UTF-8"}},{"key":"screen_resolution","value":{"string_value":"1920x1080"}},{"key":"viewport_size","value":{"string_value":"1280x720"}}],"user_properties":null,"privacy_info":{"ad_storage":true,"ad_user_data":true,"ad_personalization":true,"analytics_storage":true,"functionality_storage":true,"personalization_storage":true,"security_storage":true},"_dcid_temp":"dcid.1.1764000000000.444444444"})");
  EXPECT_EQ(page_view.event_params.size(), 7u);
  EXPECT_EQ(page_view.ignored_keys, 2u);

  const Payload& purchase = accepted(
      R"({"event_name":"purchase","v":2,"event_id":"1764222222222_17643333333339","event_params":[{"key":"transaction_id","value":{"int_value":12345678901234567000}},{"key":"value","value":{"float_value":72.5}},{"key":"currency","value":{"string_value":"USD"}},{"key":"dash","value":{"int_value":null}},{"key":"event","value":{"string_value":"purchase"}},{"key":"gtm.uniqueEventId","value":{"int_value":9}},{"key":"ecommerce","value":{"string_value":"[object Object]"}},{"key":"gtm.start","value":{"int_value":1764000000000}},{"key":"page_location","value":{"string_value":"..."}}],"user_properties":null,"_dcid_temp":"dcid.1...","x-ga-measurement_id":"G-ABC123","x-ga-page_id":1764000000000,"x-ga-mp2-richsstsse":"","x-ga-mp2-seg":1,"x-ga-request_count":1,"x-ga-protocol_version":2})");
  EXPECT_THAT(describe(purchase.event_params),
              ElementsAre("transaction_id=double:1.2345678901234567e+19;", "value=float:72.5;",
                          "currency=string:USD;", "dash=none", "event=string:purchase;",
                          "gtm.uniqueEventId=int:9;", "ecommerce=string:[object Object];",
                          "gtm.start=int:1764000000000;", "page_location=string:...;"));
  EXPECT_EQ(purchase.unknown_keys, 0u);
}

TEST_F(PayloadTest, TakesFieldsOfItemsAndEcommerceByTheNamesOfTheRow) {
  const Payload& payload = with(
      R"("ecommerce":{"item_list_id":"l","creative_slot":"s","promotion_name":"p","purchase_revenue":5.5},
         "items":[{"item_category5":"c5","location_id":"L","creative_name":"cn","item_revenue":3.25,"colour":"red"},{}])");
  EXPECT_EQ(payload.ecommerce->item_list_id, "l");
  EXPECT_EQ(payload.ecommerce->creative_slot, "s");
  EXPECT_EQ(payload.ecommerce->promotion_name, "p");
  EXPECT_EQ(payload.ecommerce->purchase_revenue, 5.5);
  ASSERT_EQ(payload.items.size(), 2u);
  EXPECT_EQ(payload.items[0].item_category5, "c5");
  EXPECT_EQ(payload.items[0].location_id, "L");
  EXPECT_EQ(payload.items[0].creative_name, "cn");
  EXPECT_EQ(payload.items[0].item_revenue, 3.25);
  EXPECT_EQ(payload.items[1].item_category5, std::nullopt);
}

}  // namespace
}  // namespace rs::event
