#include "enrich/money.h"

#include <string>

#include <gtest/gtest.h>

#include "enrich/test_event.h"

namespace rs::enrich {
namespace {

std::string shown(const row::ParamValue& value) {
  if (value.string_value) return "'" + std::string(*value.string_value) + "'";
  if (value.int_value) return std::to_string(*value.int_value);
  return value.double_value ? std::to_string(*value.double_value) : "nothing";
}

std::string params(const row::Row& row) {
  std::string out;
  for (const auto& param : row.event_params) {
    out.append(out.empty() ? "" : " ").append(*param.key).append("=").append(shown(*param.value));
  }
  return out;
}

TEST(Money, OfEcommerceStandsInTheParametersToo) {
  TestEvent event;
  const auto& row = event.row(
      "purchase",
      R"("event_params":[{"key":"a","value":{"int_value":1}},{"key":"currency","value":{"string_value":"EUR"}}],)"
      R"("ecommerce":{"value":99.99,"tax":7,"shipping":0,"currency":"USD","transaction_id":"T-1","coupon":""})");
  EXPECT_EQ(params(row),
            "a=1 currency='EUR' value=99.990000 tax=7 shipping=0 transaction_id='T-1'");
  EXPECT_EQ(row.ecommerce->currency, "USD") << "what was sent is not overwritten";
  EXPECT_EQ(row.ecommerce->purchase_revenue, 99.99);
}

TEST(Money, OfTheParametersStandsInEcommerceToo) {
  TestEvent event;
  const auto& row = event.row(
      "refund",
      R"("event_params":[{"key":"value","value":{"double_value":12.21}},{"key":"tax","value":{"int_value":1}},)"
      R"({"key":"shipping","value":{"string_value":"3.33"}},{"key":"currency","value":{"string_value":"eur"}},)"
      R"({"key":"transaction_id","value":{"int_value":-77}},{"key":"coupon","value":{"string_value":"X"}}])");
  EXPECT_EQ(row.event_params.size(), 6u);
  ASSERT_TRUE(row.ecommerce);
  EXPECT_EQ(row.ecommerce->value, 12.21);
  EXPECT_EQ(row.ecommerce->refund_value, 12.21);
  EXPECT_EQ(row.ecommerce->purchase_revenue, std::nullopt);
  EXPECT_EQ(row.ecommerce->tax_value, 1);
  EXPECT_EQ(row.ecommerce->shipping_value, 3.33);
  EXPECT_EQ(row.ecommerce->currency, "eur");
  EXPECT_EQ(row.ecommerce->transaction_id, "-77");
  EXPECT_EQ(row.ecommerce->coupon, "X");
}

TEST(Money, IsNothingWhereNoNumberIs) {
  TestEvent event;
  const auto& row = event.row(
      "purchase",
      R"("event_params":[{"key":"value","value":{"string_value":"free"}},{"key":"tax"},{"key":"currency","value":{"string_value":""}}])");
  EXPECT_EQ(row.ecommerce->value, std::nullopt);
  EXPECT_EQ(row.ecommerce->purchase_revenue, std::nullopt);
  EXPECT_EQ(row.ecommerce->currency, std::nullopt);
  EXPECT_FALSE(event.row("page_view", "").ecommerce);
}

}  // namespace
}  // namespace rs::enrich
