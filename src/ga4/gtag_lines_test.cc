#include "ga4/gtag_lines.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ga4/derived_event.h"
#include "ga4/gtag_event.h"

namespace rs::ga4 {
namespace {

constexpr std::int64_t kNow = 1'796'050'000'000'000;

std::string shown(const row::ParamValue& value) {
  if (value.string_value) return "'" + std::string(*value.string_value) + "'";
  if (value.int_value) return std::to_string(*value.int_value);
  return value.double_value ? std::to_string(*value.double_value) : "nothing";
}

// Names, parameters in order and item ids of a request, one line for each row.
std::vector<std::string> rows(std::string_view query, std::string_view body = {}) {
  Arena arena;
  GtagLines lines(arena);
  GtagFields hit(arena);
  GtagEvent builder(arena, {});
  event::Facts seen, facts;
  seen.now_micros = kNow;
  std::vector<std::string> out;
  const auto show = [&out](const event::Payload& payload) {
    std::string& line = out.emplace_back(payload.event_name);
    for (const auto& param : payload.event_params) {
      line.append(" ").append(*param.key).append("=").append(shown(*param.value));
    }
    for (const auto& item : payload.items) line.append(" item:").append(item.item_id.value_or("?"));
  };
  lines.start(query, body);
  while (lines.next(hit)) {
    event::Payload payload;
    if (const auto refusal = builder.build(hit, seen, payload, facts)) {
      out.push_back("refused " + std::string(name_of(*refusal)));
      continue;
    }
    std::array<event::Payload, kDerivedMax> derived;
    const std::size_t count = derive_events(hit, payload, arena, derived);
    for (std::size_t i = 0; i < count; ++i) show(derived[i]);
    show(payload);
  }
  return out;
}

using Rows = std::vector<std::string>;

TEST(GtagRequest, IsOneHitWhereverItsPartsStand) {
  const Rows one{"login method='a b' page_title='Shop'"};
  EXPECT_EQ(rows("v=2&tid=G-1&dt=Shop&en=login&ep.method=a+b"), one);
  EXPECT_EQ(rows("", "v=2&tid=G-1&dt=Shop&en=login&ep.method=a+b"), one);
  EXPECT_EQ(rows("v=2&tid=G-1&dt=Shop", "en=login&ep.method=a%20b"), one);
  EXPECT_EQ(rows("v=2&tid=G-1&dt=Shop&en=login", "ep.method=a%20b"), one);
  EXPECT_EQ(rows("en=login&ep.method=a+b&dt=Shop&tid=G-1"), one);
  EXPECT_EQ(rows("v=2&amp;tid=G-1&amp;dt=Shop&amp;en=login&amp;ep.method=a+b"), one);
}

TEST(GtagRequest, HasAHitForEachLine) {
  const Rows two{"a page_title='Shop'", "b n=2 page_title='Other'"};
  for (const char* body : {"en=a\r\nen=b&epn.n=2&dt=Other", "en=a\nen=b&epn.n=2&dt=Other",
                           "\xef\xbb\xbf"
                           "en=a\r\n\r\n \nen=b&epn.n=2&dt=Other\r\n",
                           "\nen=a\nen=b&epn.n=2&dt=Other\n\n"}) {
    EXPECT_EQ(rows("tid=G-1&dt=Shop", body), two) << body;
  }
}

TEST(GtagRequest, RefusesOneLineWithoutTheOthers) {
  EXPECT_EQ(rows("tid=G-1", "en=a\nep.x=1\nen=&ep.x=1\nen=b"),
            (Rows{"a", "refused no_event_name", "refused no_event_name", "b"}));
  EXPECT_EQ(rows("v=2", "en=a\nen=b&tid=G-2"), (Rows{"refused no_stream", "b"}));
  EXPECT_EQ(rows("v=1&t=pageview&tid=UA-1-1"), (Rows{"refused no_event_name"}));
  EXPECT_EQ(rows(""), (Rows{"refused no_event_name"}));
}

TEST(GtagRequest, GivesLinesOnlyTheSharedPartOfAQueryThatIsAnEvent) {
  EXPECT_EQ(rows("tid=G-1&dt=Shop&en=view_item&pr1=idQ&ep.own=1", "en=page_view\r\nen=scroll"),
            (Rows{"view_item own='1' page_title='Shop' item:Q", "page_view page_title='Shop'",
                  "scroll page_title='Shop'"}));
}

TEST(GtagRequest, TakesAReplayedBatchApartAgain) {
  EXPECT_EQ(
      rows("", "tid=G-1&en=scroll&epn.p=90&_et=30%0D%0Aen%3Duser_engagement&_et=944&qt=70239"),
      (Rows{"scroll p=90 engagement_time_msec=30", "user_engagement engagement_time_msec=944"}));
  EXPECT_EQ(rows("", "en=scroll&_et=30%0D%0Aen%3Dx&_et=944&qt=70239"), (Rows{"refused no_stream"}));
  // A line break that belongs to a text, and one in a hit that is not a replay.
  EXPECT_EQ(rows("", "tid=G-1&en=a&ep.t=1%0D%0Aen%3Db&qt=1"), (Rows{"a t='1\r\nen=b'"}));
  EXPECT_EQ(rows("", "tid=G-1&en=a&_et=1%0D%0Aen%3Db"), (Rows{"a"}));
}

TEST(GtagParams, KeepOrderTypeAndEveryCharacter) {
  EXPECT_EQ(
      rows("tid=G-1&en=e&epn.b=30.5&ep.a=1&epn.c=7&ep.d=&epn.e=true&epn.f=NaN&ep.g.h=%25%2B%7E"),
      (Rows{"e b=30.500000 a='1' c=7 d='' e='true' f='NaN' g.h='%+~'"}));
  EXPECT_EQ(rows("tid=G-1&en=e&ep.x=50%%20off&ep.y=%zz%4&ep.n=a%00b&ep.bad=%ed%a0%80"),
            (Rows{"e x='50% off' y='%zz%4' n='" + std::string("a\0b", 3) +
                  "' bad='\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd'"}));
  EXPECT_EQ(rows("tid=G-1&en=e&dl=https%3A%2F%2Fa%2F%3Fq%3D%2520"),
            (Rows{"e page_location='https://a/?q=%20'"}));
}

TEST(GtagParams, HaveAKeyOnceWithItsLastValue) {
  EXPECT_EQ(rows("tid=G-1&en=e&ep.a=1&ep.b=x&epn.a=2"), (Rows{"e a=2 b='x'"}));
  EXPECT_EQ(rows("tid=G-1&en=first&en=last"), (Rows{"last"}));
  EXPECT_EQ(rows("tid=G-1&en=e&ep.currency=own&cu=EUR"), (Rows{"e currency='own'"}));
  EXPECT_EQ(rows("tid=G-1&en=e&ep.event_name=other&ep.=x&epn.=3&=y&ep.z"),
            (Rows{"e event_name='other' z=''"}));
}

TEST(GtagSession, IsWholeNumbersAboveZero) {
  EXPECT_EQ(rows("tid=G-1&en=e&sid=1796000000&sct=2&seg=1"),
            (Rows{"e ga_session_id=1796000000 ga_session_number=2 session_engaged='1' "
                  "engaged_session_event=1"}));
  EXPECT_EQ(rows("tid=G-1&en=e&sid=0&sct=0&seg=0"), (Rows{"e session_engaged='0'"}));
  EXPECT_EQ(rows("tid=G-1&en=e&sid=2f7ad8a4-6f7e&sct=x"), (Rows{"e"}));
  EXPECT_EQ(rows("tid=G-1&en=e&sid=0123456789012345&_et=NaN"),
            (Rows{"e ga_session_id=123456789012345"}));
  EXPECT_EQ(rows("tid=G-1&en=e&_et=-5&_p=12&_s=3"),
            (Rows{"e batch_page_id=12 batch_ordering_id=3"}));
}

TEST(GtagSession, IsAbsentWithoutConsent) {
  EXPECT_EQ(
      rows("tid=G-1&cid=1.2&en=page_view&sid=7&sct=1&seg=1&_ss=1&_fv=1&_nsi=1&gcs=G100&_et=5"),
      (Rows{"page_view engagement_time_msec=5"}));
}

TEST(DerivedEvents, ComeBeforeTheEventThatCarriesTheirMarks) {
  EXPECT_EQ(rows("tid=G-1&cid=1.2&en=page_view&sid=7&seg=1&_ss=1&_fv=1&_et=5&dt=T&cu=EUR&epn.value="
                 "3&pr1=idA"),
            (Rows{"first_visit page_title='T' ga_session_id=7 session_engaged='1' "
                  "engaged_session_event=1",
                  "session_start page_title='T' ga_session_id=7 session_engaged=1 "
                  "engaged_session_event=1",
                  "page_view value=3 page_title='T' currency='EUR' ga_session_id=7 "
                  "session_engaged='1' engaged_session_event=1 entrances=1 "
                  "engagement_time_msec=5 item:A"}));
}

TEST(DerivedEvents, AreKeyEventsWhereTheirMarkSaysSo) {
  EXPECT_EQ(
      rows("tid=G-1&cid=1.2&en=x&sid=7&_ss=2&_fv=1&_c=1"),
      (Rows{"first_visit ga_session_id=7", "session_start ga_session_id=7 firebase_conversion=1",
            "x ga_session_id=7 firebase_conversion=1"}));
}

TEST(DerivedEvents, HaveTheSameIdForTheSameSessionOnly) {
  Arena arena;
  GtagFields hit(arena);
  hit.read("sid=7&_ss=1&_fv=1");
  event::Payload trigger;
  trigger.event_name = "page_view";
  trigger.user_pseudo_id = "1.2";
  std::array<event::Payload, kDerivedMax> first, again;
  ASSERT_EQ(derive_events(hit, trigger, arena, first), 2u);
  ASSERT_EQ(derive_events(hit, trigger, arena, again), 2u);
  EXPECT_EQ(first[1].event_id, again[1].event_id);
  EXPECT_NE(first[0].event_id, first[1].event_id);
  // printf 1.2.7.session_start | sha256sum
  EXPECT_EQ(first[1].event_id, "1a3c0b201cde5091066a7ab2a5b19626");
}

TEST(GtagItems, AreInTheOrderOfTheirNumbers) {
  EXPECT_EQ(rows("tid=G-1&en=e&pr1=idA&pr10=idJ&pr2=idB&pr1x=idX&protocol=https&pr2000=idY&pr3="),
            (Rows{"e item:A item:B item:J"}));
  EXPECT_EQ(rows("tid=G-1&en=e&pr1=idA&pr1=idB"), (Rows{"e item:B"}));
}

TEST(GtagFacts, BelieveTheHitWhereTheHeadersAreSilent) {
  Arena arena;
  GtagFields hit(arena);
  hit.read(
      "tid=G-1&en=e&cid=1.1795000000&uaa=arm&uamb=1&uam=Pixel%209&uap=Android&uapv=15"
      "&uafvl=Google%2520Chrome%3B1.2%7CNot)A%253BBrand%3B3%7Cnone%7C%3B&ur=US-CA&qt=2000");
  GtagEvent builder(arena, {});
  event::Facts seen, facts;
  seen.now_micros = kNow;
  seen.ch_ua_platform = "\"macOS\"";
  event::Payload payload;
  ASSERT_FALSE(builder.build(hit, seen, payload, facts));
  EXPECT_EQ(facts.ch_ua_platform, "\"macOS\"");
  EXPECT_EQ(facts.ch_ua_model, "Pixel 9");
  EXPECT_EQ(facts.ch_ua_full_version_list, R"("Google Chrome";v="1.2", "Not)A;Brand";v="3")");
  EXPECT_EQ(facts.geo_country, "US");
  EXPECT_EQ(facts.geo_state, "US-CA");
  EXPECT_EQ(payload.timestamp_micros, kNow - 2'000'000);
  EXPECT_EQ(payload.user_first_touch_timestamp, 1'795'000'000'000'000);
}

TEST(GtagLimits, RefuseAnEventWithMore) {
  Arena arena;
  GtagFields hit(arena);
  event::Facts seen, facts;
  event::Payload payload;
  GtagEvent builder(arena, {.items = {1, ""}, .params = {2, ""}, .item_params = {1, ""}});
  hit.read("tid=G-1&en=e&ep.a=1&ep.b=1&up.a=1&pr1=idA");
  EXPECT_FALSE(builder.build(hit, seen, payload, facts));
  for (const char* more : {"ep.c=1", "pr2=idB", "up.b=1&up.c=1"}) {
    GtagFields larger = hit;
    larger.read(more);
    EXPECT_EQ(builder.build(larger, seen, payload, facts), Refusal::kTooLarge) << more;
  }
}

}  // namespace
}  // namespace rs::ga4
