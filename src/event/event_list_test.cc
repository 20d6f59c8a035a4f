#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/payload_parser.h"

// A list of events as the body.

namespace rs::event {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EventListTest : public testing::Test {
 protected:
  std::size_t parse(std::string_view text, std::size_t limit = 10) {
    names_.clear();
    body_.assign(text);
    body_.append(64, '9');  // What lies behind the body must not matter.
    const auto count = parser_.parse_list(std::string_view(body_).substr(0, text.size()), limit,
                                          [this](const Payload& payload) { note(payload); });
    detail_.clear();
    if (!parser_.problems().empty()) parser_.append_detail(detail_);
    return count;
  }
  void note(const Payload& payload) {
    std::string name(payload.event_name);
    for (const auto& param : payload.event_params) name.append(" ").append(*param.key);
    for (const auto& item : payload.items) name.append(" item ").append(item.item_id.value_or(""));
    names_.push_back(name);
  }

  PayloadParser parser_;
  std::string body_, detail_;
  std::vector<std::string> names_;
};

TEST_F(EventListTest, GivesEachEventByItself) {
  EXPECT_EQ(parse(R"( [ {"event_name":"a","event_params":[{"key":"k"},{"key":"l"}]} ,
      {"event_name":"b\u0062","items":[{"item_id":"1","item_params":[{"key":"x"}]}]},{"event_name":"c"}] )"),
            3u);
  EXPECT_EQ(detail_, "");
  EXPECT_THAT(names_, ElementsAre("a k l", "bb item 1", "c"));
}

TEST_F(EventListTest, NamesTheIndexOfTheEventThatIsWrongAndGoesOnLooking) {
  EXPECT_EQ(parse(R"([{"event_name":"a"},{"event_name":""},{"event_name":"c"},7,
      {"event_name":"d","event_params":[{"key":"k","value":{"int_value":{}}}]},{}])"),
            6u);
  EXPECT_THAT(names_, ElementsAre("a")) << "an event behind a wrong one";
  EXPECT_THAT(detail_, HasSubstr(R"("loc":["body",1,"event_name"],"msg":"String should)"));
  EXPECT_THAT(detail_, HasSubstr(R"("loc":["body",3],"msg":"Input should be a valid dictionary)"));
  EXPECT_THAT(detail_, HasSubstr(R"("loc":["body",4,"event_params",0,"value","int_value"])"));
  EXPECT_THAT(detail_, HasSubstr(R"({"type":"missing","loc":["body",5,"event_name"])"));
}

TEST_F(EventListTest, TakesBackWhatARepeatedKeyDidWrongInItsOwnEventOnly) {
  EXPECT_EQ(parse(R"([{"event_name":"a","items":7},{"event_name":"b","items":7,"items":[]}])"), 2u);
  EXPECT_THAT(detail_, HasSubstr(R"("loc":["body",0,"items"])"));
  EXPECT_THAT(detail_, Not(HasSubstr(R"("loc":["body",1)")));
}

TEST_F(EventListTest, RefusesAnEmptyList) {
  EXPECT_EQ(parse(" [ ] "), 0u);
  EXPECT_EQ(detail_,
            R"({"detail":[{"type":"too_short","loc":["body"],"msg":"List should have at least )"
            R"(1 item after validation, not 0","input":[ ],)"
            R"("ctx":{"field_type":"List","min_length":1,"actual_length":0}}]})");
}

TEST_F(EventListTest, GivesNoMoreEventsThanTheLimitButCountsThem) {
  const std::string event = R"({"event_name":"a"})";
  EXPECT_EQ(parse("[" + event + "," + event + "]", 2), 2u);
  EXPECT_EQ(names_.size(), 2u);
  EXPECT_EQ(parse("[" + event + "," + event + "," + event + R"(,{"wrong":{}}])", 2), 4u);
  EXPECT_EQ(names_.size(), 2u);
}

TEST_F(EventListTest, CountsTheEventsAsFarAsTheBodyIsJson) {
  EXPECT_EQ(parse(R"([{"event_name":"a"},{"event_name":"b"},{"event_name" "c"},{}])"), 3u);
  EXPECT_THAT(detail_, HasSubstr(R"({"type":"json_invalid","loc":["body",)"));
  EXPECT_EQ(parse(R"([{"event_name":"a"}] x)"), 1u);
  EXPECT_THAT(detail_, HasSubstr("Extra data"));
  EXPECT_EQ(parse("[\"\xff\"]"), 0u);
  EXPECT_THAT(detail_, HasSubstr("json_invalid"));
  EXPECT_EQ(parse("["), 1u);
  EXPECT_THAT(detail_, HasSubstr("json_invalid"));
}

TEST_F(EventListTest, RefusesAListOfLists) {
  EXPECT_EQ(parse(R"([[{"event_name":"a"}]])"), 1u);
  EXPECT_THAT(names_, IsEmpty());
  EXPECT_THAT(detail_, HasSubstr(R"("type":"model_attributes_type","loc":["body",0])"));
}

}  // namespace
}  // namespace rs::event
