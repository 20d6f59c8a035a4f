#include <cmath>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/number_text.h"
#include "event/payload_parser.h"

// Numbers that real clients send where a column has numbers: never a refusal of the event.

namespace rs::event {
namespace {

using testing::ElementsAre;

TEST(NumberText, IsReadAsShopsWriteNumbers) {
  const std::pair<const char*, double> cases[] = {
      {"42", 42},
      {"+5", 5},
      {"007", 7},
      {".5", 0.5},
      {"5.", 5},
      {"-0.50e1", -5},
      {"19.99", 19.99},
      {"$19", 19},
      {"$19.99", 19.99},
      {"-$19.99", -19.99},
      {"$-19.99", -19.99},
      {"US$ 5", 5},
      {"R$ 19,90", 19.9},
      {"19.99 USD", 19.99},
      {"USD19.99", 19.99},
      {"EUR 1.299,00", 1299},
      {"19,99 \xe2\x82\xac", 19.99},
      {"\xe2\x82\xac"
       "19.99",
       19.99},
      {"19,99\xc2\xa0\xe2\x82\xac", 19.99},
      {"\xc2\xa3"
       "5",
       5},
      {"12.50 kr", 12.5},
      {"249 K\xc4\x8d", 249},
      {"Rs. 500", 500},
      {"1,5", 1.5},
      {"0,125", 0.125},
      {"-1,25", -1.25},
      {"\xe2\x88\x92"
       "1,25",
       -1.25},
      {"1,299", 1299},
      {"12,345,678", 12345678},
      {"1,299.00", 1299},
      {"1.299,00", 1299},
      {"1.299.000", 1299000},
      {"1.299.000,5", 1299000.5},
      {"1 299,00", 1299},
      {"1\xe2\x80\xaf"
       "299,00",
       1299},
      {"1'299.50", 1299.5},
      {"1234,567", 1234.567},
      {"1.299", 1.299},
  };
  for (const auto& [text, value] : cases) {
    JsonNumber number;
    ASSERT_TRUE(read_number_text(text, number)) << text;
    EXPECT_EQ(number.value, value) << text;
  }
}

TEST(NumberText, IsNothingElse) {
  for (const char* text :
       {"",          "free",     "n/a",     "NaN",       "Infinity", "10%", "2 for 5",
        "1,2,3",     "1,23,456", "12,34.5", "1.2.3",     "--5",      "$",   "USD",
        "$$5",       "e5",       "v12",     "5x",        "1e",       "19,", ",5,",
        "1,,299",    "1 29",     "0x10",    "1_000",     "5-",       "(5)", "1.299,",
        "1,299.0.0", "usd 5",    "null",    "undefined", "1,234,56"}) {
    JsonNumber number;
    EXPECT_FALSE(read_number_text(text, number)) << text;
  }
  JsonNumber number;
  EXPECT_FALSE(read_number_text(std::string(401, '1'), number));
}

std::string describe(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "NULL";
}
std::string describe(const std::optional<std::int64_t>& value) {
  return value ? fmt::format("{}", *value) : "NULL";
}
std::string describe(std::span<const row::EventParam> params) {
  std::string out;
  for (const auto& param : params) {
    out += fmt::format(" {}=", *param.key);
    if (!param.value) continue;
    if (param.value->string_value) out += fmt::format("'{}'", *param.value->string_value);
    if (param.value->int_value) out += fmt::format("{}", *param.value->int_value);
    if (param.value->double_value) out += fmt::format("{}", *param.value->double_value);
  }
  return out;
}

class NumberColumns : public testing::Test {
 protected:
  const Payload& with(std::string_view members) {
    body_ = fmt::format(R"({{"event_name":"e",{}}})", members);
    const std::size_t size = body_.size();
    body_.append(64, '9');
    const auto* payload = parser_.parse(std::string_view(body_).substr(0, size));
    EXPECT_NE(payload, nullptr) << members;
    static const Payload none{};
    return payload != nullptr ? *payload : none;
  }
  PayloadParser parser_;
  std::string body_;
};

struct ColumnCase {
  const char* sent;
  const char* whole;     // A column of whole numbers, and what is kept beside it.
  const char* fraction;  // Any other.
};

constexpr ColumnCase kColumnCases[] = {
    {"2", "2", "2"},
    {"2.0", "2", "2"},
    {"2e0", "2", "2"},
    {"\"2\"", "2", "2"},
    {"\" 2.0 \"", "2", "2"},
    {"true", "1", "1"},
    {"null", "NULL", "NULL"},
    {"\"\"", "NULL", "NULL"},
    {"1.85", "2 x=1.85", "1.85"},
    {"\"1.85\"", "2 x=1.85", "1.85"},
    {"\"1,85\"", "2 x=1.85", "1.85"},
    {"2.5", "3 x=2.5", "2.5"},
    {"-2.5", "-3 x=-2.5", "-2.5"},
    {"0.3", "1 x=0.3", "0.3"},
    {"-0.3", "-1 x=-0.3", "-0.3"},
    {"1e-300", "1 x=1e-300", "1e-300"},
    {"9007199254740993", "9007199254740993", "9007199254740992"},
    {"12345678901234567000", "NULL x=1.2345678901234567e+19", "1.2345678901234567e+19"},
    {"1e30", "NULL x=1e+30", "1e+30"},
    {"1e999", "NULL x='1e999'", "NULL x='1e999'"},
    {"-1e999", "NULL x='-1e999'", "NULL x='-1e999'"},
    {"\"1e999\"", "NULL x='1e999'", "NULL x='1e999'"},
    {"\"$19\"", "19", "19"},
    {"\"free\"", "NULL x='free'", "NULL x='free'"},
    {"\"NaN\"", "NULL x='NaN'", "NULL x='NaN'"},
    {"\"10%\"", "NULL x='10%'", "NULL x='10%'"},
};

std::string renamed(std::string text, const std::string& name) {
  const auto at = text.find(" x=");
  return at == std::string::npos ? text : text.replace(at + 1, 1, name);
}

TEST_F(NumberColumns, HoldWhatTheyCanAndKeepTheRestBesideThem) {
  for (const auto& c : kColumnCases) {
    for (const std::string name : {"quantity", "index", "price", "discount", "item_revenue"}) {
      const Payload& payload = with(fmt::format(R"("items":[{{"{}":{}}}])", name, c.sent));
      ASSERT_EQ(payload.items.size(), 1u);
      const row::Item& item = payload.items[0];
      const bool whole = name == "quantity" || name == "index";
      const std::string column = name == "quantity"   ? describe(item.quantity)
                                 : name == "index"    ? describe(item.index)
                                 : name == "price"    ? describe(item.price)
                                 : name == "discount" ? describe(item.discount)
                                                      : describe(item.item_revenue);
      EXPECT_EQ(column + describe(item.item_params), renamed(whole ? c.whole : c.fraction, name))
          << name << " " << c.sent;
      EXPECT_EQ(payload.kept_numbers, item.item_params.size());
    }
    for (const std::string name : {"total_item_quantity", "unique_items", "value", "tax"}) {
      const Payload& payload = with(fmt::format(R"("ecommerce":{{"{}":{}}})", name, c.sent));
      ASSERT_TRUE(payload.ecommerce);
      const row::Ecommerce& ecommerce = *payload.ecommerce;
      const bool whole = name == "total_item_quantity" || name == "unique_items";
      const std::string column = name == "total_item_quantity"
                                     ? describe(ecommerce.total_item_quantity)
                                 : name == "unique_items" ? describe(ecommerce.unique_items)
                                 : name == "value"        ? describe(ecommerce.value)
                                                          : describe(ecommerce.tax_value);
      EXPECT_EQ(column + describe(payload.event_params),
                renamed(whole ? c.whole : c.fraction, name))
          << name << " " << c.sent;
    }
    for (const std::string name : {"batch_event_index", "batch_page_id", "batch_ordering_id"}) {
      const Payload& payload = with(fmt::format(R"("{}":{})", name, c.sent));
      const std::string column = name == "batch_event_index" ? describe(payload.batch_event_index)
                                 : name == "batch_page_id"   ? describe(payload.batch_page_id)
                                                             : describe(payload.batch_ordering_id);
      EXPECT_EQ(column + describe(payload.event_params), renamed(c.whole, name))
          << name << " " << c.sent;
    }
  }
}

TEST_F(NumberColumns, KeepTheExactQuantityOfEachItem) {
  const Payload& payload = with(
      R"("items":[{"quantity":2},{"quantity":1.85,"price":10},{},{"quantity":"0,25"},{"quantity":"x"},{"quantity":1}])");
  ASSERT_EQ(payload.exact_quantities.size(), 6u);
  EXPECT_TRUE(std::isnan(payload.exact_quantities[0]));
  EXPECT_EQ(payload.exact_quantities[1], 1.85);
  EXPECT_TRUE(std::isnan(payload.exact_quantities[2]));
  EXPECT_EQ(payload.exact_quantities[3], 0.25);
  EXPECT_TRUE(std::isnan(payload.exact_quantities[4]));
  EXPECT_TRUE(std::isnan(payload.exact_quantities[5]));
  EXPECT_TRUE(
      with(R"("items":[{"quantity":1.5}],"items":[{"quantity":1}])").exact_quantities.empty());
}

TEST_F(NumberColumns, LeaveAParameterOfTheClientsOwnAlone) {
  EXPECT_EQ(
      describe(
          with(
              R"("items":[{"quantity":1.85,"item_params":[{"key":"a"},{"key":"quantity","value":{"string_value":"own"}}]}])")
              .items[0]
              .item_params),
      " a= quantity='own'");
  EXPECT_EQ(describe(with(R"("items":[{"item_params":[{"key":"a"}],"quantity":1.85,"price":"x"}])")
                         .items[0]
                         .item_params),
            " a= quantity=1.85 price='x'");
  EXPECT_EQ(
      describe(
          with(
              R"("ecommerce":{"value":"free","tax":"x"},"event_params":[{"key":"value","value":{"int_value":1}}])")
              .event_params),
      " value=1 tax='x'");
}

TEST_F(NumberColumns, ForgetWhatARepeatedKeyHadKept) {
  EXPECT_EQ(describe(with(R"("items":[{"quantity":1.85,"quantity":2}])").items[0].item_params), "");
  EXPECT_EQ(describe(with(R"("items":[{"price":"x","price":null}])").items[0].item_params), "");
  EXPECT_EQ(describe(with(R"("ecommerce":{"value":"x"},"ecommerce":{"value":1})").event_params),
            "");
  EXPECT_EQ(describe(with(R"("batch_page_id":"x","batch_page_id":1)").event_params), "");
  EXPECT_EQ(with(R"("batch_page_id":"x","batch_page_id":1)").kept_numbers, 0u);
}

TEST_F(NumberColumns, OfParametersKeepWhatIsNotANumberAsText) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"int_value":"abc"})", " k='abc'"},
      {R"({"double_value":"abc"})", " k='abc'"},
      {R"({"float_value":"abc"})", " k='abc'"},
      {R"({"int_value":1e999})", " k='1e999'"},
      {R"({"double_value":"1,5"})", " k=1.5"},
      {R"({"int_value":"1,5"})", " k=1.5"},
      {R"({"int_value":"$19"})", " k=19"},
      {R"({"int_value":"abc","string_value":"own"})", " k='own'"},
      {R"({"int_value":"abc","int_value":2})", " k=2"},
      {R"({"int_value":"abc","double_value":2.5})", " k='abc'2.5"},
  };
  for (const auto& [sent, expected] : cases) {
    const Payload& payload =
        with(fmt::format(R"("event_params":[{{"key":"k","value":{}}}])", sent));
    EXPECT_EQ(describe(payload.event_params), expected) << sent;
  }
  EXPECT_EQ(with(R"("event_params":[{"key":"k","value":{"int_value":"abc"}}])").kept_numbers, 1u);
}

}  // namespace
}  // namespace rs::event
