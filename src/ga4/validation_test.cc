#include "ga4/validation.h"

#include <string>

#include <gtest/gtest.h>

namespace rs::ga4 {
namespace {

constexpr std::int64_t kNow = 1'796'050'000'000'000;
constexpr std::string_view kQuery = "measurement_id=G-1&api_secret=x";

// "code@path" of each message, or all of them as JSON.
std::string judge(std::string body, std::string_view query = kQuery, bool whole = false) {
  Arena arena;
  MeasurementReader reader({}, 1000, arena);
  const std::size_t size = body.size();
  body.append(64, ' ');
  const auto* const read = reader.read(std::string_view(body).substr(0, size));
  const auto messages = validate(MeasurementQuery::read(query, arena), read, reader.error(), kNow);
  std::string out;
  if (whole) {
    append_validation(out, messages);
    return out;
  }
  for (const auto& message : messages) {
    out.append(out.empty() ? "" : " ").append(message.code).append("@").append(message.field_path);
  }
  return out;
}

std::string event(const std::string& event, const std::string& more = "") {
  return R"({"client_id":"1.2","events":[)" + event + "]" + more + "}";
}
constexpr const char* kEnforce = R"(,"validation_behavior":"ENFORCE_RECOMMENDATIONS")";

TEST(Validation, OfAGoodRequestIsAnEmptyList) {
  EXPECT_EQ(judge(event(R"({"name":"login","params":{"method":"Google"}})"), kQuery, true),
            R"({"validationMessages":[]})");
}

TEST(Validation, SaysWhatGoogleSays) {
  EXPECT_EQ(
      judge(event(R"({"name":"_badEventName"})"), kQuery, true),
      R"({"validationMessages":[{"fieldPath":"events","description":"Event at index: [0] has )"
      R"(invalid name [_badEventName]. Names must start with an alphabetic character.",)"
      R"("validationCode":"NAME_INVALID"}]})");
  EXPECT_EQ(judge(event(R"({"name":"view","params":{"items":[{"price":"$19"}]}})"), kQuery, true),
            R"({"validationMessages":[{"description":"Validation of item.price should prevent )"
            R"(conversion from unsupported value [string_value: \"$19\"]","validationCode":)"
            R"("INTERNAL_ERROR"}]})");
  EXPECT_EQ(
      judge(R"({"client_id":"18","events":[{"name":"purchase"}])" + std::string(kEnforce) + "}",
            kQuery, true),
      R"({"validationMessages":[{"fieldPath":"client_id","description":"client_id [18] has )"
      R"(invalid format. It should be in <number>.<number> format.","validationCode":)"
      R"("VALUE_INVALID"}]})");
}

TEST(Validation, EndsAtTheFirstStageThatFindsSomething) {
  EXPECT_EQ(judge("v=2&tid=G-1", ""), "VALUE_REQUIRED@api_secret");
  EXPECT_EQ(judge("{}", "api_secret=x"), "VALUE_REQUIRED@measurement_id");
  EXPECT_EQ(judge("hello"), "VALUE_INVALID@");
  EXPECT_EQ(judge(""), "VALUE_INVALID@");
  EXPECT_EQ(judge(event(R"({"name":"bad name"})", R"(,"foo":1)")), "VALUE_INVALID@");
}

TEST(Validation, ReportsTypesThatProtobufRefuses) {
  const std::string good = R"({"name":"a"})";
  for (const char* more :
       {R"(,"timestamp_micros":"yesterday")", R"(,"consent":{"ad_user_data":"granted"})",
        R"(,"validation_behavior":"STRICT")", R"(,"user_id":5)"}) {
    EXPECT_EQ(judge(event(good, more)), "VALUE_INVALID@") << more;
  }
  EXPECT_EQ(judge(event("\"page_view\"")), "VALUE_INVALID@");
  EXPECT_EQ(judge(R"({"client_id":1.2,"events":[{"name":"a"}]})"), "VALUE_INVALID@");
}

TEST(Validation, AsksForClientAndEvents) {
  EXPECT_EQ(judge(R"({"client_id":"","events":[{"name":"a"}]})"), "VALUE_REQUIRED@client_id");
  EXPECT_EQ(judge(R"({"client_id":"1.2"})"), "VALUE_REQUIRED@events");
  EXPECT_EQ(judge(event(R"({"params":{}})")), "VALUE_REQUIRED@events");
  constexpr std::string_view kApp = "firebase_app_id=1:1:android:a&api_secret=x";
  EXPECT_EQ(judge(event(R"({"name":"a"})"), kApp), "VALUE_REQUIRED@app_instance_id");
  EXPECT_EQ(judge(R"({"app_instance_id":"short","events":[{"name":"a"}]})", kApp),
            "VALUE_INVALID@app_instance_id");
  EXPECT_EQ(
      judge(R"({"app_instance_id":"0123456789abcdef0123456789abcdeg","events":[{"name":"a"}]})",
            kApp),
      "VALUE_INVALID@app_instance_id");
  EXPECT_EQ(
      judge(
          R"({"app_instance_id":"0123456789ABCDEF0123456789abcdef","events":[{"name":"screen_view"}]})",
          kApp),
      "");
}

TEST(Validation, KnowsReservedNames) {
  EXPECT_EQ(judge(event(R"({"name":"session_start"})")), "NAME_RESERVED@events");
  EXPECT_EQ(judge(event(R"({"name":"in_app_purchase"})")), "NAME_RESERVED@events");
  EXPECT_EQ(judge(event(R"({"name":"a","params":{"ga_x":1}})")), "NAME_RESERVED@events[0].params");
  EXPECT_EQ(judge(event(R"({"name":"a"})", R"(,"user_properties":{"user_id":{"value":"x"}})")),
            "NAME_RESERVED@user_properties");
}

TEST(Validation, ChecksNames) {
  EXPECT_EQ(judge(event(R"({"name":"campaign@details"})")), "NAME_INVALID@events");
  EXPECT_EQ(judge(event("{\"name\":\"" + std::string(40, 'a') + "\"}")), "");
  EXPECT_EQ(judge(event("{\"name\":\"" + std::string(41, 'a') + "\"}")), "NAME_INVALID@events");
  EXPECT_EQ(judge(event(R"({"name":"a","params":{"x$y":1}})")), "NAME_INVALID@events[0].params");
  EXPECT_EQ(judge(event(R"({"name":"a","params":{"x":1,"x":2}})")),
            "NAME_DUPLICATED@events[0].params");
}

TEST(Validation, CountsEventsAlwaysAndRecommendationsWhenEnforced) {
  std::string events, wide;
  for (int i = 0; i < 26; ++i) {
    events += std::string(i == 0 ? "" : ",") + R"({"name":"a"})";
    wide += std::string(i == 0 ? "" : ",") + "\"p" + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(judge(event(events)), "EXCEEDED_MAX_ENTITIES@events");
  const std::string many = R"({"name":"a","params":{)" + wide + "}}";
  EXPECT_EQ(judge(event(many)), "");
  EXPECT_EQ(judge(event(many, kEnforce)), "EXCEEDED_MAX_ENTITIES@events[0].params");
  const std::string text = R"({"name":"a","params":{"t":")" + std::string(101, 'x') +
                           R"(","page_title":")" + std::string(300, 'x') + R"("}})";
  EXPECT_EQ(judge(event(text)), "");
  EXPECT_EQ(judge(event(text, kEnforce)), "VALUE_OUT_OF_BOUNDS@events[0].params");
  const std::string old = R"(,"timestamp_micros":1650950229000000)";
  EXPECT_EQ(judge(event(R"({"name":"a"})", old)), "");
  EXPECT_EQ(judge(event(R"({"name":"a"})", old + kEnforce)), "VALUE_INVALID@timestamp_micros");
  const std::string property =
      R"(,"user_properties":{"long":{"value":")" + std::string(37, 'x') + "\"}}";
  EXPECT_EQ(judge(event(R"({"name":"a"})", property)), "");
  EXPECT_EQ(judge(event(R"({"name":"a"})", property + kEnforce)),
            "VALUE_OUT_OF_BOUNDS@user_properties");
}

}  // namespace
}  // namespace rs::ga4
