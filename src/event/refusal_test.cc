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
      {R"("event_params":[{"key":"a","value":{"int_value":[]}}])",
       R"({"type":"int_type","loc":["body","event_params",0,"value","int_value"],"msg":"Input should be a valid integer","input":[]})"},
      {R"("event_params":[{"key":"a","value":{"float_value":{}}}])",
       R"({"type":"float_type","loc":["body","event_params",0,"value","float_value"],"msg":"Input should be a valid number","input":{}})"},
      {R"("event_params":[{"value":{"int_value":1}}])",
       R"({"type":"missing","loc":["body","event_params",0,"key"],"msg":"Field required","input":{"value":{"int_value":1}}})"},
      {R"("event_params":[{"key":""}])",
       R"({"type":"string_too_short","loc":["body","event_params",0,"key"],"msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}})"},
      {R"("event_params":[{"key":null}])",
       R"({"type":"string_type","loc":["body","event_params",0,"key"],"msg":"Input should be a valid string","input":null})"},
      {R"("user_properties":[{"key":"a\u0000b"}])",
       R"({"type":"value_error","loc":["body","user_properties",0,"key"],"msg":"Value error, NUL is not allowed in a key","input":"a\u0000b","ctx":{"error":{}}})"},
      {R"("privacy_info":{"ad_storage":"perhaps"})",
       R"({"type":"bool_parsing","loc":["body","privacy_info","ad_storage"],"msg":"Input should be a valid boolean, unable to interpret input","input":"perhaps"})"},
      {R"("privacy_info":{"ad_storage":2})",
       R"({"type":"bool_parsing","loc":["body","privacy_info","ad_storage"],"msg":"Input should be a valid boolean, unable to interpret input","input":2})"},
      {R"("privacy_info":{"ad_storage":[]})",
       R"({"type":"bool_type","loc":["body","privacy_info","ad_storage"],"msg":"Input should be a valid boolean","input":[]})"},
      {R"("items":[{"quantity":[1]}])",
       R"({"type":"int_type","loc":["body","items",0,"quantity"],"msg":"Input should be a valid integer","input":[1]})"},
      {R"("items":[{"price":{}}])",
       R"({"type":"float_type","loc":["body","items",0,"price"],"msg":"Input should be a valid number","input":{}})"},
      {R"("items":[{},{"item_params":[{"key":"a"},{"key":"b","value":{"string_value":[]}}]}])",
       R"({"type":"string_type","loc":["body","items",1,"item_params",1,"value","string_value"],"msg":"Input should be a valid string","input":[]})"},
      {R"("batch_page_id":[])",
       R"({"type":"int_type","loc":["body","batch_page_id"],"msg":"Input should be a valid integer","input":[]})"},
      {R"("user_id":["a"])",
       R"({"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":["a"]})"},
      {R"("event_id":{})",
       R"({"type":"string_type","loc":["body","event_id"],"msg":"Input should be a valid string","input":{}})"},
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
  for (std::size_t i = 1; i < 2 * kProblemsMax; ++i) items += ",0";
  EXPECT_EQ(
      refusal(R"({"event_name":"e","items":[)" + items + R"(],"user_id":[],"items":null})"),
      R"({"detail":[{"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":[]}]})");
}

TEST(Refusal, TakesBackAllProblemsOfARepeatedKey) {
  std::string items = "0";
  for (std::size_t i = 1; i < 2 * kProblemsMax; ++i) items += ",0";
  PayloadParser parser;
  const std::string body = R"({"event_name":"e","items":[)" + items + R"(],"items":[{}]})";
  EXPECT_NE(parser.parse(body), nullptr);
}

TEST(Refusal, ListsProblemsInTheOrderOfTheBody) {
  const std::string detail = refusal(
      R"({"event_name":[],"items":[0],"user_id":[],"event_name":3,"app_info":1,"items":7})");
  EXPECT_LT(detail.find("user_id"), detail.find("app_info"));
  EXPECT_LT(detail.find("app_info"), detail.find("items"));
  EXPECT_EQ(detail.find("event_name"), std::string::npos);
}

TEST(Refusal, EchoesNoMoreThanABitOfTheInput) {
  const auto text = refusal(R"({"event_name":"e","items":")" + std::string(5'000, 'x') + "\"}");
  EXPECT_LT(text.size(), 400u);
  EXPECT_NE(text.find("xxx...\""), std::string::npos);
}

struct LimitCase {
  std::string_view name, member, element, closing;
  std::size_t limit;
  std::string_view setting, loc;
};

TEST(Refusal, NamesTheListTheLimitAndTheSettingOfTooManyElements) {
  const LimitCase cases[] = {
      {"items", R"("items":[)", "{}", "]", 1'000, "LIMITS__ITEMS", R"("items")"},
      {"event_params", R"("event_params":[)", R"({"key":"k"})", "]", 500, "LIMITS__PARAMS",
       R"("event_params")"},
      {"user_properties", R"("user_properties":[)", R"({"key":"k"})", "]", 500, "LIMITS__PARAMS",
       R"("user_properties")"},
      {"item_params", R"("items":[{},{"item_params":[)", R"({"key":"k"})", "]}]", 100,
       "LIMITS__ITEM_PARAMS", R"("items",1,"item_params")"},
      // Those of a list that is replaced count: the work was done.
      {"items", R"("items":[{}],"items":[)", "{}", "]", 999, "LIMITS__ITEMS", R"("items")"},
      {"event_params", R"("event_params":[{"key":"a"}],"event_params":[)", R"({"key":"k"})", "]",
       499, "LIMITS__PARAMS", R"("event_params")"},
      {"item_params", R"("items":[{},{"item_params":[{"key":"a"}],"item_params":[)",
       R"({"key":"k"})", "]}]", 99, "LIMITS__ITEM_PARAMS", R"("items",1,"item_params")"},
      // What is wrong with elements beyond does not matter.
      {"items", R"("items":[)", "{}", ",0,0,{\"price\":[]}]", 1'000, "LIMITS__ITEMS", R"("items")"},
  };
  for (const auto& c : cases) {
    const auto body = [&](std::size_t count) {
      std::string out = R"({"event_name":"e",)";
      out += c.member;
      for (std::size_t i = 0; i < count; ++i) out.append(i > 0 ? "," : "").append(c.element);
      return out.append(c.closing).append("}");
    };
    PayloadParser parser;
    const std::string allowed = body(c.limit);
    if (c.closing.find('0') == std::string_view::npos) {
      ASSERT_NE(parser.parse(allowed), nullptr) << c.name;
    }
    const std::size_t max = (c.limit + 1) / 100 * 100;
    const std::string detail = refusal(body(c.limit + 1));
    EXPECT_EQ(
        detail.find(fmt::format(
            R"({{"detail":[{{"type":"too_long","loc":["body",{}],"msg":"List should have at most {} items after validation: {}","input":)",
            c.loc, max, c.setting)),
        0u)
        << detail;
    EXPECT_NE(detail.find(
                  fmt::format(R"("ctx":{{"max_length":{},"setting":"{}"}}}}]}})", max, c.setting)),
              std::string::npos)
        << detail;
  }
}

TEST(Refusal, TakesTheLimitsItIsGiven) {
  Limits limits;
  limits.items.count = 2;
  limits.params.count = 3;
  PayloadParser parser(limits);
  const auto accepts = [&](std::string body) {
    body.append(64, ' ');
    return parser.parse(std::string_view(body).substr(0, body.size() - 64)) != nullptr;
  };
  EXPECT_TRUE(accepts(R"({"event_name":"e","items":[{},{}],"event_params":[{"key":"a"}]})"));
  EXPECT_FALSE(accepts(R"({"event_name":"e","items":[{},{},{}]})"));
  EXPECT_TRUE(
      accepts(R"({"event_name":"e","event_params":[{"key":"a"},{"key":"b"},{"key":"a"}]})"));
  EXPECT_FALSE(accepts(
      R"({"event_name":"e","event_params":[{"key":"a"},{"key":"a"},{"key":"a"},{"key":"a"}]})"));
}

TEST(Refusal, PassesOverAByteOrderMarkOfUtf8AndExplainsOthers) {
  PayloadParser parser;
  const std::string marked = "\xef\xbb\xbf {\"event_name\":\"e\"}" + std::string(64, 'x');
  const auto* payload = parser.parse(std::string_view(marked).substr(0, marked.size() - 64));
  ASSERT_NE(payload, nullptr);
  EXPECT_EQ(payload->event_name, "e");
  const std::string text = R"({"event_name":"e"})";
  const auto widened = [&](std::string_view mark, bool big) {
    std::string out(mark);
    for (const char c : text) out.append(big ? std::string{'\0', c} : std::string{c, '\0'});
    return out;
  };
  for (const auto& body : {widened("\xff\xfe", false), widened("\xfe\xff", true),
                           widened("", false), widened("", true)}) {
    EXPECT_NE(refusal(body).find("The body is UTF-16 or UTF-32; JSON is UTF-8"), std::string::npos);
  }
  EXPECT_NE(refusal("\xef\xbb\xbf").find("\"missing\""), std::string::npos);
  EXPECT_NE(refusal("\xef\xbb\xbf\xef\xbb\xbf{}").find("json_invalid"), std::string::npos);
}

}  // namespace
}  // namespace rs::event
