#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ga4/measurement_body.h"
#include "ga4/measurement_event.h"

namespace rs::ga4 {
namespace {

constexpr std::int64_t kNow = 1'796'050'000'000'000;
constexpr std::string_view kQuery = "measurement_id=G-1&api_secret=x";
using Rows = std::vector<std::string>;

std::string shown(const row::ParamValue& value) {
  if (value.string_value) return "'" + std::string(*value.string_value) + "'";
  if (value.int_value) return std::to_string(*value.int_value);
  return value.double_value ? std::to_string(*value.double_value) : "nothing";
}

// One request, with what it became.
class Measurement {
 public:
  explicit Measurement(std::string body, std::string_view query = kQuery, bool from_browser = false,
                       const event::Limits& limits = {}, std::size_t events_max = 1000)
      : reader_(limits, events_max, arena_), events_(limits, arena_), text_(std::move(body)) {
    const std::size_t size = text_.size();
    text_.append(64, ' ');
    seen_.now_micros = kNow;
    seen_.user_agent = "Python-urllib/3.11";
    seen_.client_ip = "192.0.2.1";
    body_ = reader_.read(std::string_view(text_).substr(0, size));
    if (body_ == nullptr) return;
    query_ = MeasurementQuery::read(query, arena_);
    refusal_ = events_.begin(*body_, query_, seen_, from_browser, "");
  }

  bool is_json() const { return body_ != nullptr; }
  std::optional<Refusal> refusal() const { return refusal_; }
  const MeasurementBody& body() const { return *body_; }

  // The event at `index`; its refusal is in `refusal()`.
  const event::Payload& payload(std::size_t index = 0) {
    if (!refusal_) refusal_ = events_.build(body_->events.at(index), payload_, facts_);
    return payload_;
  }
  const event::Facts& facts() const { return facts_; }
  const event::Payload& payload_now() const { return payload_; }
  std::size_t dropped() const { return events_.dropped(); }

  // All events: name and parameters.
  Rows rows() {
    if (body_ == nullptr) return {"not JSON"};
    if (refusal_) return {"refused " + std::string(name_of(*refusal_))};
    Rows out;
    for (const auto& event : body_->events) {
      if (const auto refusal = events_.build(event, payload_, facts_)) {
        out.push_back("refused " + std::string(name_of(*refusal)));
        continue;
      }
      std::string& line = out.emplace_back(payload_.event_name);
      for (const auto& param : payload_.event_params) {
        line.append(" ").append(*param.key).append("=").append(shown(*param.value));
      }
    }
    return out;
  }

 private:
  Arena arena_;
  MeasurementReader reader_;
  MeasurementEvents events_;
  std::string text_;
  event::Facts seen_, facts_;
  const MeasurementBody* body_ = nullptr;
  MeasurementQuery query_;
  std::optional<Refusal> refusal_;
  event::Payload payload_;
};

// {"client_id":"1.2",MEMBERS}
std::string with(const std::string& members) {
  return R"({"client_id":"1.2",)" + members + "}";
}
// An event with these parameters.
std::string params(const std::string& members) {
  return with(R"("events":[{"name":"e","params":{)" + members + "}}]");
}

TEST(MeasurementBody, IsReadInEveryShapeThatSendersUse) {
  const Rows one{"login method='x'"};
  const char* const bodies[] = {
      R"({"client_id":"1.2","events":[{"name":"login","params":{"method":"x"}}]})",
      R"({"clientId":"1.2","events":[{"name":"login","params":{"method":"x"}}]})",
      R"({"events":{"name":"login","params":{"method":"x"}},"client_id":"1.2"})",
      "\xef\xbb\xbf{\"client_id\":\"1.2\",\"events\":[{\"name\":\"login\",\"params\":{\"method\":"
      "\"x\"}}]}",
      R"("{\"client_id\":\"1.2\",\"events\":[{\"name\":\"login\",\"params\":{\"method\":\"x\"}}]}")",
      R"({"client_id":"1.2","events":"[{\"name\":\"login\",\"params\":{\"method\":\"x\"}}]"})",
      R"({"client_id":"1.2","events":[{"name":"login","params":"{\"method\":\"x\"}"}]})",
      R"("{\"client_id\":\"1.2\",\"events\":\"[{\\\"name\\\":\\\"login\\\",\\\"params\\\":{\\\"method\\\":\\\"x\\\"}}]\"}")",
  };
  for (const char* body : bodies) EXPECT_EQ(Measurement(body).rows(), one) << body;
}

TEST(MeasurementBody, TakesTheEventsOfARepeatedList) {
  EXPECT_EQ(Measurement(with(R"("events":[{"name":"a"}],"events":[{"name":"b"}])")).rows(),
            (Rows{"a", "b"}));
}

TEST(MeasurementBody, IsRefusedWhenItIsNotAnObjectOfJson) {
  for (const char* body : {"", " ", "hello", "v=2&tid=G-1&en=x", "[]", R"([{"client_id":"1.2"}])",
                           R"({"client_id":"1.2","events":[{"name":"a"}]} x)", R"("text")", "null",
                           "{\"client_id\":\"\xff\"}", "{\"a\\u0000b\":1}"}) {
    EXPECT_EQ(Measurement(body).rows(), Rows{"not JSON"}) << body;
  }
}

TEST(MeasurementRequest, NeedsAStreamAClientAndEvents) {
  EXPECT_EQ(Measurement(params(""), "api_secret=x").refusal(), Refusal::kNoStream);
  EXPECT_EQ(Measurement(with(R"("events":[])")).refusal(), Refusal::kNoEvents);
  EXPECT_EQ(Measurement(with(R"("events":"none")")).refusal(), Refusal::kNoEvents);
  EXPECT_EQ(Measurement(R"({"client_id":"1.2"})").refusal(), Refusal::kNoEvents);
  for (const char* id : {R"("")", "null", "[]"}) {
    EXPECT_EQ(
        Measurement("{\"client_id\":" + std::string(id) + R"(,"events":[{"name":"a"}]})").refusal(),
        Refusal::kNoClientId);
  }
}

TEST(MeasurementRequest, RefusesOneEventWithoutTheOthers) {
  EXPECT_EQ(Measurement(with(R"("events":["page_view",null,{"name":"ok"},{"params":{}},)"
                             R"({"name":""},{"name":"session_start"},{"name":5}])"))
                .rows(),
            (Rows{"refused not_an_object", "refused not_an_object", "ok", "refused no_event_name",
                  "refused no_event_name", "refused reserved_name", "5"}));
}

TEST(MeasurementParams, KeepOrderTypeAndEveryCharacter) {
  EXPECT_EQ(Measurement(params(R"("b":1.5,"a":"x\u0000\u00e9","c":7,"d":"","e":true,"f":"12.21",)"
                               R"("g":20.0,"h":12345678901234567890,"i":null,"j":[1],"k":{"l":1}, )"
                               R"("$m":-1,"b":2)"))
                .rows(),
            (Rows{"e b=2 a='x" + std::string("\0\xc3\xa9", 3) +
                  "' c=7 d='' e='true' f='12.21' g=20 h=12345678901234567168.000000 $m=-1"}));
  Measurement odd(params(R"("i":null,"j":[1],"k":{"l":1},"":1)"));
  EXPECT_EQ(odd.payload().event_params.size(), 0u);
  EXPECT_EQ(odd.dropped(), 4u);
}

TEST(MeasurementParams, HaveTheTypesOfGA4) {
  const struct {
    const char *sent, *stored;
  } cases[] = {
      {R"("session_id":1796000000)", "e ga_session_id=1796000000"},
      {R"("session_id":"1796000000")", "e ga_session_id=1796000000"},
      {R"("session_id":1796000000.0)", "e ga_session_id=1796000000"},
      {R"("session_id":"GS1.1.1796000000.5.1.1796000100.60.0.0")", "e ga_session_id=1796000000"},
      {R"("session_id":"sess-1")", "e session_id='sess-1'"},
      {R"("session_id":"")", "e"},
      {R"("session_id":0)", "e"},
      {R"("session_number":"GS2.1.s1$o5$g1")", "e ga_session_number=5"},
      {R"("session_number":3)", "e ga_session_number=3"},
      {R"("engagement_time_msec":"12")", "e engagement_time_msec=12"},
      {R"("engagement_time_msec":0)", "e engagement_time_msec=0"},
      {R"("engagement_time_msec":"soon")", "e engagement_time_msec='soon'"},
      {R"("debug_mode":true)", "e debug_mode=1"},
      {R"("debug_mode":1)", "e debug_mode=1"},
      {R"("debug_mode":"false")", "e debug_mode='false'"},
      {R"("timestamp_micros":"1796000000000000")", "e"},
  };
  for (const auto& [sent, stored] : cases)
    EXPECT_EQ(Measurement(params(sent)).rows(), Rows{stored});
}

TEST(MeasurementTime, IsTheClosestThatCanBeRead) {
  const struct {
    const char* members;
    std::optional<std::int64_t> micros;
  } cases[] = {
      {R"("events":[{"name":"a"}])", std::nullopt},
      {R"("timestamp_micros":1795000000000001,"events":[{"name":"a"}])", 1795000000000001},
      {R"("timestampMicros":"1795000000000001","events":[{"name":"a"}])", 1795000000000001},
      {R"("timestamp_micros":1,"events":[{"name":"a","timestamp_micros":2}])", 2},
      {R"("timestamp_micros":1,"events":[{"name":"a","timestamp_micros":2,"params":{"timestamp_micros":"3"}}])",
       3},
      {R"("timestamp_micros":1,"events":[{"name":"a","timestamp_micros":"soon","params":{"timestamp_micros":[]}}])",
       1},
      {R"("timestamp_micros":"yesterday","events":[{"name":"a"}])", std::nullopt},
      {R"("timestamp_micros":"2026-01-15T10:30:45Z","events":[{"name":"a"}])", 1768473045000000},
      {R"("timestamp_micros":1795000000000001.5,"events":[{"name":"a"}])", 1795000000000001},
      {R"("timestamp_micros":1e30,"events":[{"name":"a"}])", std::nullopt},
  };
  for (const auto& [members, micros] : cases) {
    EXPECT_EQ(Measurement(with(members)).payload().timestamp_micros, micros) << members;
  }
}

TEST(MeasurementVisitor, IsTheClientOrTheAppInstance) {
  const std::string event = R"("events":[{"name":"a"}])";
  Measurement cookie(R"({"client_id":"GA1.2.1234567890.1795000000",)" + event + "}");
  EXPECT_EQ(cookie.payload().user_pseudo_id, "1234567890.1795000000");
  EXPECT_EQ(cookie.payload().user_first_touch_timestamp, 1'795'000'000'000'000);
  EXPECT_EQ(Measurement(R"({"client_id":1234567890.1795,)" + event + "}").payload().user_pseudo_id,
            "1234567890.1795");

  const std::string both =
      R"({"client_id":"1.2","app_instance_id":"aa","user_id":7,)" + event + "}";
  Measurement app(both, "firebase_app_id=1:99:android:ff&api_secret=x");
  EXPECT_EQ(app.payload().user_pseudo_id, "aa");
  EXPECT_EQ(app.payload().user_id, "7");
  EXPECT_EQ(app.payload().platform, "ANDROID");
  EXPECT_EQ(app.payload().app_info->firebase_app_id, "1:99:android:ff");
  EXPECT_EQ(app.facts().stream_id, "1:99:android:ff");
  Measurement web(both, "firebase_app_id=1:99:ios:ff&measurement_id=G-9");
  EXPECT_EQ(web.payload().user_pseudo_id, "1.2");
  EXPECT_EQ(web.facts().stream_id, "G-9");
  EXPECT_FALSE(web.payload().platform);
  EXPECT_EQ(Measurement(both, "firebase_app_id=1:99:ios:ff").payload().platform, "IOS");
  EXPECT_EQ(Measurement(both, "firebase_app_id=1:99:web:ff").payload().platform, "WEB");
  EXPECT_EQ(Measurement(params(R"("user_id":"u1")")).payload().user_id, "u1");
}

TEST(MeasurementConsent, BecomesColumnsAndKeepsDeniedHitsWithoutASession) {
  const auto privacy = [](const char* members) {
    return Measurement(with(std::string(members) + R"(,"events":[{"name":"a"}])"))
        .payload()
        .privacy_info;
  };
  const auto both = privacy(R"("consent":{"ad_user_data":"GRANTED","adPersonalization":"DENIED"})");
  EXPECT_EQ(both->ad_user_data, "Yes");
  EXPECT_EQ(both->ad_personalization, "No");
  EXPECT_FALSE(both->analytics_storage);
  EXPECT_EQ(
      privacy(R"("consent":{"ad_user_data":"granted","ad_personalization":"maybe"})")->ad_user_data,
      "Yes");
  EXPECT_EQ(privacy(R"("non_personalized_ads":true)")->ad_personalization, "No");
  EXPECT_EQ(privacy(R"("nonPersonalizedAds":true,"consent":{"ad_personalization":"GRANTED"})")
                ->ad_personalization,
            "Yes");
  EXPECT_FALSE(privacy(R"("non_personalized_ads":false)"));
  EXPECT_EQ(Measurement(with(R"("consent":{"analytics_storage":"DENIED"},)"
                             R"("events":[{"name":"a","params":{"session_id":5,"x":1}}])"))
                .rows(),
            Rows{"a x=1"});
}

TEST(MeasurementFacts, AreTheSendersOwnOnlyWhereABrowserSends) {
  const std::string body = params("");
  Measurement server(body), browser(body, kQuery, true);
  (void)server.payload();
  (void)browser.payload();
  EXPECT_EQ(server.facts().user_agent, "");
  EXPECT_EQ(server.facts().client_ip, "");
  EXPECT_EQ(browser.facts().user_agent, "Python-urllib/3.11");
  EXPECT_EQ(browser.facts().client_ip, "192.0.2.1");
}

TEST(MeasurementFacts, AreWhatTheBodySaysOfTheVisitor) {
  Measurement said(with(
      R"("user_agent":"Mozilla/5.0 X","ip_override":"2001:db8::7","device":{"category":"mobile",)"
      R"("model":"Pixel 9","brand":"Google","operatingSystem":"Android","browser":"Chrome",)"
      R"("language":"en","screen_resolution":"1x2"},"user_location":{"country_id":"US",)"
      R"("region_id":"US-CA","city":"Paris","continent_id":"019","subcontinent_id":"021"},)"
      R"("events":[{"name":"a"}])"));
  const auto& payload = said.payload();
  EXPECT_EQ(said.facts().user_agent, "Mozilla/5.0 X");
  ASSERT_NE(payload.device, nullptr);
  EXPECT_EQ(payload.device->category, "mobile");
  EXPECT_EQ(payload.device->mobile_model_name, "Pixel 9");
  EXPECT_EQ(payload.device->operating_system, "Android");
  EXPECT_EQ(payload.device->web_info->browser, "Chrome");
  ASSERT_NE(payload.geo, nullptr);
  EXPECT_EQ(payload.geo->country, "US");
  EXPECT_EQ(payload.geo->continent, "Americas");
  EXPECT_EQ(payload.geo->sub_continent, "Northern America");
  EXPECT_EQ(payload.event_params.size(), 1u);
}

TEST(MeasurementProperties, AreObjectsOrPlainValues) {
  Measurement sent(
      with(R"("user_properties":{"a":{"value":"x"},"n":{"value":45},"b":{"value":false},)"
           R"("none":{"value":null},"plain":1.5,"t":{"value":"y","timestamp_micros":"9"}},)"
           R"("events":[{"name":"a","timestamp_micros":1795000000000000}])"));
  const auto properties = sent.payload().user_properties;
  ASSERT_EQ(properties.size(), 5u);
  EXPECT_EQ(properties[0].value->string_value, "x");
  EXPECT_EQ(properties[0].value->set_timestamp_micros, 1'795'000'000'000'000);
  EXPECT_EQ(properties[1].value->int_value, 45);
  EXPECT_EQ(properties[2].value->string_value, "false");
  EXPECT_EQ(properties[3].value->double_value, 1.5);
  EXPECT_EQ(properties[4].value->set_timestamp_micros, 9);
}

TEST(MeasurementItems, HaveColumnsAndParametersOfTheirOwn) {
  Measurement sent(params(
      R"("item_list_id":"L","items":[{"item_id":7,"item_name":"N","price":"1.5","quantity":"2",)"
      R"("custom_a":"x","custom_b":4,"index":0,"currency":"EUR","item_revenue":9,"nested":{}},"text",)"
      R"(null,{"item_name":"only name","price":"1,99","quantity":1.85}])"));
  const auto items = sent.payload().items;
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].item_id, "7");
  EXPECT_EQ(items[0].price, 1.5);
  EXPECT_EQ(items[0].quantity, 2);
  EXPECT_EQ(items[0].index, 0);
  EXPECT_EQ(items[0].item_list_index, "0");
  EXPECT_EQ(items[0].item_list_id, "L");
  EXPECT_FALSE(items[0].item_revenue);
  ASSERT_EQ(items[0].item_params.size(), 4u);
  EXPECT_EQ(items[0].item_params[0].value->string_value, "x");
  EXPECT_EQ(items[0].item_params[1].value->int_value, 4);
  EXPECT_EQ(*items[0].item_params[3].key, "item_revenue");
  EXPECT_FALSE(items[1].price);
  EXPECT_EQ(items[1].quantity, 2);
  ASSERT_EQ(items[1].item_params.size(), 2u);
  EXPECT_EQ(items[1].item_params[0].value->string_value, "1,99");
  EXPECT_EQ(items[1].item_params[1].value->double_value, 1.85);
  EXPECT_EQ(sent.payload_now().exact_quantities.size(), 2u);
  EXPECT_EQ(sent.payload_now().kept_numbers, 2u);
  EXPECT_EQ(sent.dropped(), 3u);
}

TEST(MeasurementLimits, RefuseAnEventWithMoreAndCountEventsBeyond) {
  const event::Limits few{.items = {1, ""}, .params = {2, ""}, .item_params = {1, ""}};
  const auto refusal = [&](const std::string& members) {
    Measurement sent(params(members), kQuery, false, few);
    (void)sent.payload();
    return sent.refusal();
  };
  EXPECT_FALSE(refusal(R"("a":1,"b":2,"items":[{"item_id":"A","x":1}])"));
  EXPECT_EQ(refusal(R"("a":1,"b":2,"c":3)"), Refusal::kTooLarge);
  EXPECT_EQ(refusal(R"("items":[{},{}])"), Refusal::kTooLarge);
  EXPECT_EQ(refusal(R"("items":[{"x":1,"y":2}])"), Refusal::kTooLarge);
  std::string wide = R"("items":[{"x":1)";
  for (int i = 0; i < 40; ++i) wide += ",\"item_id\":1";
  EXPECT_EQ(refusal(wide + "}]"), Refusal::kTooLarge);

  Measurement many(with(R"("events":[{"name":"a"},{"name":"b"},{"name":"c"}])"), kQuery, false, {},
                   2);
  EXPECT_EQ(many.rows(), (Rows{"a", "b"}));
  EXPECT_EQ(many.body().events_total, 3u);
}

TEST(FieldName, IsTakenInBothSpellings) {
  EXPECT_TRUE(is_field("client_id", "client_id"));
  EXPECT_TRUE(is_field("clientId", "client_id"));
  EXPECT_TRUE(is_field("nonPersonalizedAds", "non_personalized_ads"));
  for (const char* other : {"clientid", "client_Id", "ClientId", "clientI", "client_id2", ""}) {
    EXPECT_FALSE(is_field(other, "client_id")) << other;
  }
}

}  // namespace
}  // namespace rs::ga4
