#include <array>

#include "base/base64.h"
#include "collect/collector_fixture.h"

// What tags send to the native route beside plain events.

namespace rs::collect {
namespace {

class NativeTest : public CollectorTest {
 protected:
  http::Answer get(std::string_view query) {
    request_.method = http::Method::kGet;
    request_.query = query;
    request_.body = {};
    response_.reset();
    return collector_->collect(*native_, request_, "1", {&mailbox_, 1}, response_);
  }
  static std::string dtdc(std::string_view json) {
    std::string query = "v=2&event=page_view&dtdc=", base64;
    append_base64(base64, json);
    for (const char c : base64) query += c == '+' ? "%2B" : c == '=' ? "%3D" : std::string(1, c);
    return query;
  }
  // Whether the only row has this.
  void expect_row(std::initializer_list<std::string_view> parts) {
    const auto stored = rows();
    ASSERT_EQ(stored.size(), 1u);
    for (const auto part : parts) {
      EXPECT_NE(stored[0].find(part), std::string::npos) << part << "\n" << stored[0];
    }
  }
};

constexpr std::string_view kDenied =
    R"({"page_location":"https://shop.example/?utm_source=news","page_title":"Gr\u00fc\u00dfe",)"
    R"("consent_state":{"ad_storage":false,"analytics_storage":false},"value":"9.5","currency":"EUR"})";

TEST_F(NativeTest, StoresThePublicDataTagsPixelAndAnswersWithAnImage) {
  start(Acknowledge::kReceived);
  EXPECT_EQ(get(dtdc(kDenied)), http::Answer::kNow);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(response_.content_type, "image/gif");
  EXPECT_EQ(body().size(), 43u);
  EXPECT_EQ(body().substr(0, 6), "GIF89a");
  EXPECT_EQ(response_.headers, "Cache-Control: no-store\r\n") << "denied consent: no cookie";
  expect_row({R"("event_name":"page_view")", R"("analytics_storage":"No")", R"("ads_storage":"No")",
              "{\"key\":\"page_title\",\"value\":{\"string_value\":\"Gr\xc3\xbc\xc3\x9f"
              "e\"}}",
              R"({"key":"value","value":{"double_value":9.5}})", R"("manual_source":"news")"});
}

TEST_F(NativeTest, StoresAPixelWithItsKeysAsParameters) {
  start(Acknowledge::kReceived);
  (void)get(
      "v=2&event=add%20to+cart&page_location=https%3A%2F%2Fshop.example%2Fa%3Fb&value=12&x=%22");
  EXPECT_EQ(response_.status, 200);
  EXPECT_NE(response_.headers.find("Set-Cookie: __uid__="), std::string::npos);
  EXPECT_EQ(stats_.unknown_keys.value(), 1u);
  expect_row({R"("event_name":"add to cart")",
              R"({"key":"page_location","value":{"string_value":"https://shop.example/a?b"}})",
              R"({"key":"value","value":{"int_value":12}})"});
}

TEST_F(NativeTest, TakesBase64OfBothAlphabetsAndJsonAsItIs) {
  start(Acknowledge::kReceived);
  for (const std::string_view query :
       {"event=e&dtdc=eyJwYWdlX3RpdGxlIjoiPz8_fn5-In0",
        "event=e&dtdc=eyJwYWdlX3RpdGxlIjoiPz8%2Ffn5%2BIn0%3D",
        "event=e&dtcd=%7B%22page_title%22%3A%22%3F%3F%3F~~~%22%7D"}) {
    (void)get(query);
    EXPECT_EQ(response_.status, 200) << query << body();
  }
  for (const auto& row : rows()) EXPECT_NE(row.find(R"("string_value":"???~~~")"), row.npos) << row;
}

TEST_F(NativeTest, NamesWhatIsWrongInAQuery) {
  start(Acknowledge::kReceived);
  const std::array<std::pair<std::string_view, std::string_view>, 5> cases = {{
      {"", R"("type":"missing","loc":["query","event_name"])"},
      {"event=", R"("type":"missing","loc":["query","event_name"])"},
      {"event=e&dtdc=*",
       R"("type":"value_error","loc":["query","dtdc"],"msg":"Value error, not base64")"},
      {"event=e&dtcd=%7B", R"("type":"json_invalid","loc":["query",1])"},
      {"event=e&dtcd=%5B%5D", R"("type":"model_attributes_type","loc":["query"])"},
  }};
  for (const auto& [query, part] : cases) {
    EXPECT_EQ(get(query), http::Answer::kNow);
    EXPECT_EQ(response_.status, 422) << query;
    EXPECT_NE(body().find(part), std::string_view::npos) << query << body();
  }
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), cases.size());
}

TEST_F(NativeTest, StoresNothingForHead) {
  start(Acknowledge::kDelivered);
  request_.method = http::Method::kHead;
  request_.query = "event=e";
  EXPECT_EQ(collector_->collect(*native_, request_, "1", {&mailbox_, 1}, response_),
            http::Answer::kNow);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(delivery_->stats().accounting.received, 0u);
}

TEST_F(NativeTest, StoresAFlatPurchase) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"purchase","v":2,"page_location":"https://shop.example/thanks",
      "transaction_id":"T1","value":99.99,"currency":"EUR","items":[{"item_id":"A","price":99.99,"size":"M"}],
      "consent_state":{"analytics_storage":true,"ad_storage":false},"user_data":{"sha256_email_address":"f00d"},
      "client_id":"client.7","_dcid_temp":"dcid.1"})");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(stats_.unknown_keys.value(), 0u);
  EXPECT_NE(response_.headers.find("__uid__=client.7;"), std::string::npos) << response_.headers;
  const auto stored = rows();
  ASSERT_EQ(stored.size(), 1u);
  for (const char* part :
       {R"("user_pseudo_id":"client.7")", R"("transaction_id":"T1")", R"("value":99.99)",
        R"("ads_storage":"No")", R"("item_params":[{"key":"size","value":{"string_value":"M"}}])",
        R"({"key":"currency","value":{"string_value":"EUR"}})"}) {
    EXPECT_NE(stored[0].find(part), std::string::npos) << part << stored[0];
  }
  EXPECT_EQ(stored[0].find("f00d"), std::string::npos);
}

}  // namespace
}  // namespace rs::collect
