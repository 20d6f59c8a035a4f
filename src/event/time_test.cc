#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "event/payload_parser.h"
#include "event/time_text.h"

namespace rs::event {
namespace {

TEST(Moment, IsReadInTheFormsThatProgramsWrite) {
  const std::pair<const char*, const char*> cases[] = {
      {"2026-11-30T14:00:00Z", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30T14:00:00.5Z", "2026-11-30T14:00:00.500000Z"},
      {"2026-11-30T14:00:00.123456789Z", "2026-11-30T14:00:00.123456Z"},
      {"2026-11-30T14:00:00,25Z", "2026-11-30T14:00:00.250000Z"},
      {"2026-11-30t14:00:00z", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30T14:00:00", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30 14:00:00", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30 14:00:00.000 UTC", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30 14:00:00 GMT", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30T14:00:00+02:00", "2026-11-30T12:00:00.000000Z"},
      {"2026-11-30T14:00:00 +0200", "2026-11-30T12:00:00.000000Z"},
      {"2026-11-30T14:00:00-05", "2026-11-30T19:00:00.000000Z"},
      {"2026-11-30T14:00Z", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30T14:00", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30T14Z", "2026-11-30T14:00:00.000000Z"},
      {"2026-11-30", "2026-11-30T00:00:00.000000Z"},
      {"20261130T140000Z", "2026-11-30T14:00:00.000000Z"},
      {"20261130T1400", "2026-11-30T14:00:00.000000Z"},
      {"20261130", "2026-11-30T00:00:00.000000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
      {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000Z"},
  };
  for (const auto& [text, utc] : cases) {
    const auto micros = read_moment(text);
    ASSERT_TRUE(micros) << text;
    EXPECT_EQ(format_utc(*micros), utc) << text;
  }
}

TEST(Moment, IsNothingElse) {
  for (const char* text : {"",
                           "now",
                           "2026",
                           "2026-11",
                           "2026-13-01",
                           "2026-02-30",
                           "2026-11-30T",
                           "2026-11-30T24:00:00Z",
                           "2026-11-30T14:60Z",
                           "2026-11-30T14:00:61Z",
                           "2026-11-30T14:00:00.Z",
                           "2026-11-30T14:00:00+2",
                           "2026-11-30T14:00:00+02:0",
                           "2026-11-30T14:00:00 CET",
                           "2026-11-30x14:00",
                           "2026-11-30T14:0",
                           "Mon, 30 Nov 2026 14:00:00 GMT",
                           "30.11.2026",
                           "11/30/2026",
                           "0000-01-01",
                           "2026113"}) {
    EXPECT_FALSE(read_moment(text)) << text;
  }
}

struct TimeCase {
  const char* sent;
  std::optional<std::int64_t> micros;
  bool unread;
};

TEST(Timestamp, IsNeverARefusal) {
  const TimeCase cases[] = {
      {"1764222222222222", 1764222222222222, false},
      {"1764222222222222.4", 1764222222222222, false},
      {"1764222222222222.5", 1764222222222222, false},  // A double has no half there.
      {"1764222222222.2", 1764222222222, false},
      {"1.764222222222222e15", 1764222222222222, false},
      {"\"1764222222222222\"", 1764222222222222, false},
      {"\"1764222222222222.25\"", 1764222222222222, false},
      {"\" 1764222222222222 \"", 1764222222222222, false},
      {"\"2026-11-30T14:00:00Z\"", 1796047200000000, false},
      {"\"2026-11-30T15:00:00+01:00\"", 1796047200000000, false},
      {"\"2026-11-30T14:00:00\"", 1796047200000000, false},
      {"\"2026-11-30\"", 1795996800000000, false},
      {"-5", -5, false},
      {"0", 0, false},
      {"null", std::nullopt, false},
      {"\"\"", std::nullopt, false},
      {"\"  \"", std::nullopt, false},
      {"1e30", std::nullopt, true},
      {"-1e30", std::nullopt, true},
      {"1e999", std::nullopt, true},
      {"123456789012345678901234567890", std::nullopt, true},
      {"\"1e30\"", std::nullopt, true},
      {"\"NaN\"", std::nullopt, true},
      {"\"now\"", std::nullopt, true},
      {"\"Mon Nov 30 2026 15:00:00 GMT+0100\"", std::nullopt, true},
      {"true", std::nullopt, true},
      {"false", std::nullopt, true},
      {"{}", std::nullopt, true},
      {"{\"a\":[1]}", std::nullopt, true},
      {"[1764222222222222]", std::nullopt, true},
  };
  PayloadParser parser;
  for (const auto& c : cases) {
    for (const char* before : {"", R"("timestamp_micros":"x",)", R"("timestamp_micros":7,)"}) {
      std::string body =
          fmt::format(R"({{{}"timestamp_micros":{},"event_name":"e"}})", before, c.sent);
      const std::size_t size = body.size();
      body.append(64, '9');
      const auto* payload = parser.parse(std::string_view(body).substr(0, size));
      ASSERT_NE(payload, nullptr) << c.sent;
      EXPECT_EQ(payload->timestamp_micros, c.micros) << c.sent;
      EXPECT_EQ(payload->timestamp_unread, c.unread) << c.sent;
    }
  }
}

TEST(Timestamp, OfAUserPropertyIsLeftOutWhenItIsNotATime) {
  PayloadParser parser;
  for (const auto& [sent, micros] :
       std::vector<std::pair<const char*, std::optional<std::int64_t>>>{
           {"1764222222222222.2", 1764222222222222},
           {"\"2026-11-30T14:00:00Z\"", 1796047200000000},
           {"1e30", std::nullopt},
           {"\"x\"", std::nullopt},
           {"{}", std::nullopt},
           {"null", std::nullopt}}) {
    std::string body = fmt::format(
        R"({{"event_name":"e","user_properties":[{{"key":"k","value":{{"int_value":1,"set_timestamp_micros":{}}}}}]}})",
        sent);
    const std::size_t size = body.size();
    body.append(64, '9');
    const auto* payload = parser.parse(std::string_view(body).substr(0, size));
    ASSERT_NE(payload, nullptr) << sent;
    EXPECT_EQ(payload->user_properties[0].value->set_timestamp_micros, micros) << sent;
  }
}

}  // namespace
}  // namespace rs::event
