#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "event/json_cursor.h"
#include "event/payload_parser.h"

// What is refused, and how the client is told.

namespace rs::event {
namespace {

std::string refusal(std::string_view text) {
  PayloadParser parser;
  const std::string body = std::string(text) + std::string(64, '"');
  EXPECT_EQ(parser.parse(std::string_view(body).substr(0, text.size())), nullptr) << text;
  std::string out;
  parser.append_detail(out);
  JsonIndex index;
  Arena arena;
  EXPECT_TRUE(index.build(out)) << out;
  JsonCursor cursor(out, index.positions(), index.size(), arena);
  EXPECT_TRUE(cursor.skip() && cursor.at_end()) << out;
  return out;
}

struct Refusal {
  const char* members;  // After the event's name.
  const char* entry;    // Of "detail".
};

TEST(Refusal, NamesTheTypeThePathAndTheValueOfAWrongShape) {
  const Refusal cases[] = {
      {R"("event_params":{"a":1})",
       R"({"type":"list_type","loc":["body","event_params"],"msg":"Input should be a valid list","input":{"a":1}})"},
      {R"("event_params":"x")",
       R"({"type":"list_type","loc":["body","event_params"],"msg":"Input should be a valid list","input":"x"})"},
      {R"("user_properties":7)",
       R"({"type":"list_type","loc":["body","user_properties"],"msg":"Input should be a valid list","input":7})"},
      {R"("items":true)",
       R"({"type":"list_type","loc":["body","items"],"msg":"Input should be a valid list","input":true})"},
      {R"("items":[{},"x"])",
       R"({"type":"model_attributes_type","loc":["body","items",1],"msg":"Input should be a valid dictionary or object to extract fields from","input":"x"})"},
      {R"("items":[null])",
       R"({"type":"model_attributes_type","loc":["body","items",0],"msg":"Input should be a valid dictionary or object to extract fields from","input":null})"},
      {R"("event_params":[3])",
       R"({"type":"model_attributes_type","loc":["body","event_params",0],"msg":"Input should be a valid dictionary or object to extract fields from","input":3})"},
      {R"("event_params":[{"key":"a"},{"key":"b","value":"c"}])",
       R"({"type":"model_attributes_type","loc":["body","event_params",1,"value"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"c"})"},
      {R"("ecommerce":[])",
       R"({"type":"model_attributes_type","loc":["body","ecommerce"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]})"},
      {R"("privacy_info":true)",
       R"({"type":"model_attributes_type","loc":["body","privacy_info"],"msg":"Input should be a valid dictionary or object to extract fields from","input":true})"},
      {R"("app_info":"a")",
       R"({"type":"model_attributes_type","loc":["body","app_info"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"a"})"},
      {R"("event_params":[{"key":"a","value":{"string_value":{"b":[1, 2]}}}])",
       R"({"type":"string_type","loc":["body","event_params",0,"value","string_value"],"msg":"Input should be a valid string","input":{"b":[1, 2]}})"},
      {R"("event_params":[{"key":"a"},{"key":"a"},{"key":"a","value":{"int_value":"abc"}}])",
       R"({"type":"int_parsing","loc":["body","event_params",2,"value","int_value"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"abc"})"},
      {R"("event_params":[{"key":"a","value":{"int_value":[]}}])",
       R"({"type":"int_type","loc":["body","event_params",0,"value","int_value"],"msg":"Input should be a valid integer","input":[]})"},
      {R"("event_params":[{"key":"a","value":{"double_value":"1,5"}}])",
       R"({"type":"float_parsing","loc":["body","event_params",0,"value","double_value"],"msg":"Input should be a valid number, unable to parse string as a number","input":"1,5"})"},
      {R"("event_params":[{"key":"a","value":{"float_value":{}}}])",
       R"({"type":"float_type","loc":["body","event_params",0,"value","float_value"],"msg":"Input should be a valid number","input":{}})"},
      {R"("event_params":[{"key":"a","value":{"double_value":1e999}}])",
       R"({"type":"finite_number","loc":["body","event_params",0,"value","double_value"],"msg":"Input should be a finite number","input":1e999})"},
      {R"("event_params":[{"key":"a","value":{"int_value":1e999}}])",
       R"({"type":"finite_number","loc":["body","event_params",0,"value","int_value"],"msg":"Input should be a finite number","input":1e999})"},
      {R"("event_params":[{"value":{"int_value":1}}])",
       R"({"type":"missing","loc":["body","event_params",0,"key"],"msg":"Field required","input":{"value":{"int_value":1}}})"},
      {R"("event_params":[{"key":""}])",
       R"({"type":"string_too_short","loc":["body","event_params",0,"key"],"msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}})"},
      {R"("event_params":[{"key":null}])",
       R"({"type":"string_type","loc":["body","event_params",0,"key"],"msg":"Input should be a valid string","input":null})"},
      {R"("user_properties":[{"key":"a\u0000b"}])",
       R"({"type":"value_error","loc":["body","user_properties",0,"key"],"msg":"Value error, NUL is not allowed in a key","input":"a\u0000b","ctx":{"error":{}}})"},
      {R"("items":[{"quantity":1.5}])",
       R"({"type":"int_from_float","loc":["body","items",0,"quantity"],"msg":"Input should be a valid integer, got a number with a fractional part","input":1.5})"},
      {R"("items":[{"quantity":12345678901234567000}])",
       R"({"type":"int_parsing_size","loc":["body","items",0,"quantity"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":12345678901234567000})"},
      {R"("items":[{"item_params":[{"key":"a","value":{"int_value":"x"}}]}])",
       R"({"type":"int_parsing","loc":["body","items",0,"item_params",0,"value","int_value"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"})"},
      {R"("ecommerce":{"value":"free"})",
       R"({"type":"float_parsing","loc":["body","ecommerce","value"],"msg":"Input should be a valid number, unable to parse string as a number","input":"free"})"},
      {R"("privacy_info":{"ad_storage":"perhaps"})",
       R"({"type":"bool_parsing","loc":["body","privacy_info","ad_storage"],"msg":"Input should be a valid boolean, unable to interpret input","input":"perhaps"})"},
      {R"("privacy_info":{"ad_storage":2})", R"({"type":"bool_parsing","loc":["body","privacy_info","ad_storage"],"msg":"Input should be a valid boolean, unable to interpret input","input":2})"},
      {R"("privacy_info":{"ad_storage":[]})",
       R"({"type":"bool_type","loc":["body","privacy_info","ad_storage"],"msg":"Input should be a valid boolean","input":[]})"},
      {R"("user_id":["a"])",
       R"({"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":["a"]})"},
      {R"("event_id":{})",
       R"({"type":"string_type","loc":["body","event_id"],"msg":"Input should be a valid string","input":{}})"},
      {R"("timestamp_micros":"now")",
       R"({"type":"int_parsing","loc":["body","timestamp_micros"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"now"})"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(refusal(fmt::format(R"({{"event_name":"e",{}}})", c.members)),
              fmt::format(R"({{"detail":[{}]}})", c.entry));
  }
}

TEST(Refusal, SaysSoWhenTheNameIsMissingNullOrEmpty) {
  EXPECT_EQ(
      refusal(R"( {"v":2} )"),
      R"({"detail":[{"type":"missing","loc":["body","event_name"],"msg":"Field required","input":{"v":2}}]})");
  EXPECT_EQ(
      refusal(R"({"event_name":null})"),
      R"({"detail":[{"type":"string_type","loc":["body","event_name"],"msg":"Input should be a valid string","input":null}]})");
  EXPECT_EQ(
      refusal(R"({"event_name":""})"),
      R"({"detail":[{"type":"string_too_short","loc":["body","event_name"],"msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}}]})");
  EXPECT_EQ(
      refusal(R"({"event_name":"e","event_name":null})"),
      R"({"detail":[{"type":"string_type","loc":["body","event_name"],"msg":"Input should be a valid string","input":null}]})");
}

TEST(Refusal, SaysWhereABodyStopsBeingJson) {
  const auto json_invalid = [](int position, const char* reason) {
    return fmt::format(
        R"({{"detail":[{{"type":"json_invalid","loc":["body",{}],"msg":"JSON decode error","input":{{}},"ctx":{{"error":"{}"}}}}]}})",
        position, reason);
  };
  EXPECT_EQ(refusal("hello"), json_invalid(0, "Expecting value"));
  EXPECT_EQ(refusal("event_name=page_view"), json_invalid(0, "Expecting value"));
  EXPECT_EQ(refusal(R"({"event_name":"e",})"),
            json_invalid(18, "Expecting property name enclosed in double quotes"));
  EXPECT_EQ(refusal(R"({"event_name":"e"} x)"), json_invalid(19, "Extra data"));
  EXPECT_EQ(refusal(R"({"event_name":"e"}{})"), json_invalid(18, "Extra data"));
  EXPECT_EQ(refusal(R"({"event_name":"e","a":tru})"), json_invalid(22, "Expecting value"));
  EXPECT_EQ(refusal(R"({"event_name":"e","unknown":[1,{"a":01}]})"),
            json_invalid(36, "Expecting value"));
  EXPECT_EQ(refusal(R"({"event_name":"e")"), json_invalid(17, "Expecting ',' delimiter"));
  EXPECT_EQ(refusal("{\"event_name\":\"\xff\"}"), json_invalid(15, "Invalid UTF-8"));
  EXPECT_EQ(refusal("{\"event_name\":\"e\",\"other\":\"\xc3\x28\"}"),
            json_invalid(27, "Invalid UTF-8"));
  EXPECT_EQ(refusal(R"({"event_name":"e","a\u0000":1})"),
            json_invalid(18, "NUL is not allowed in a key"));
  EXPECT_EQ(refusal(R"({"event_name":"e","items":[{"a\u0000":1}]})"),
            json_invalid(28, "NUL is not allowed in a key"));
  // A wrong value before it is not what matters.
  EXPECT_EQ(refusal(R"({"items":3,)"),
            json_invalid(11, "Expecting property name enclosed in double quotes"));
}

TEST(Refusal, TakesNoBodyThatIsNotAnObject) {
  EXPECT_EQ(
      refusal("[]"),
      R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]}]})");
  EXPECT_EQ(
      refusal(" 3 "),
      R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":3}]})");
  EXPECT_EQ(
      refusal(""),
      R"({"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]})");
}

TEST(Refusal, StopsAtThirtyTwoLevels) {
  // The body and the list are the first two.
  const auto nested = [](std::size_t depth) {
    return fmt::format(R"({{"event_name":"e","x":{}{}}})", std::string(depth - 1, '['),
                       std::string(depth - 1, ']'));
  };
  PayloadParser parser;
  const std::string allowed = nested(32);
  EXPECT_NE(parser.parse(allowed), nullptr);
  EXPECT_NE(refusal(nested(33)).find("Nesting is deeper than 32 levels"), std::string::npos);
}

TEST(Refusal, ListsEveryProblemUpToALimit) {
  EXPECT_EQ(
      refusal(R"({"items":3,"user_id":[]})"),
      R"({"detail":[{"type":"list_type","loc":["body","items"],"msg":"Input should be a valid list","input":3},)"
      R"({"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":[]},)"
      R"({"type":"missing","loc":["body","event_name"],"msg":"Field required","input":{"items":3,"user_id":[]}}]})");
  std::string items = "0";
  for (int i = 0; i < 1'000; ++i) items += ",0";
  PayloadParser parser;
  const std::string body = R"({"event_name":"e","items":[)" + items + "]}";
  EXPECT_EQ(parser.parse(body), nullptr);
  EXPECT_EQ(parser.problems().size(), kProblemsMax);
}

TEST(Refusal, ForgetsNoProblemWhenAKeyIsRepeatedAfterTheLimit) {
  std::string items = "0";
  for (std::size_t i = 1; i < kProblemsMax; ++i) items += ",0";
  refusal(R"({"event_name":"e","items":[)" + items + R"(],"user_id":[],"items":null})");
}

TEST(Refusal, EchoesNoMoreThanABitOfTheInput) {
  const auto text = refusal(R"({"event_name":"e","items":")" + std::string(5'000, 'x') + "\"}");
  EXPECT_LT(text.size(), 400u);
  EXPECT_NE(text.find("xxx...\""), std::string::npos);
}

TEST(Refusal, TakesNoListOfMoreThanTenThousand) {
  const auto list = [](std::size_t count, const char* element) {
    std::string out = element;
    for (std::size_t i = 1; i < count; ++i) out.append(",").append(element);
    return "[" + out + "]";
  };
  PayloadParser parser;
  const std::string allowed = R"({"event_name":"e","items":)" + list(10'000, "{}") + "}";
  ASSERT_NE(parser.parse(allowed), nullptr);
  EXPECT_NE(refusal(R"({"event_name":"e","items":)" + list(10'001, "{}") + "}").find("too_long"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"event_name":"e","event_params":)" + list(10'001, R"({"key":"k"})") + "}")
                .find("too_long"),
            std::string::npos);
}

}  // namespace
}  // namespace rs::event
