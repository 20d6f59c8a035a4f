#include "ga4/google_cookies.h"

#include <gtest/gtest.h>

namespace rs::ga4 {
namespace {

TEST(ClientId, IsTheEndOfAWholeCookieAndAnyOtherTextItself) {
  const struct {
    std::string_view text, id;
  } cases[] = {
      {"1234567890.1795000000", "1234567890.1795000000"},
      {"GA1.1.1234567890.1795000000", "1234567890.1795000000"},
      {"GA1.2-2.1234567890.1795000000", "1234567890.1795000000"},
      {"GA1.3.amp-Xy_z", "GA1.3.amp-Xy_z"},  // Not a pair.
      {"GA1.2", "GA1.2"},
      {"FPID2.2.hash+/=.1760046751", "hash+/=.1760046751"},
      {"FPID2.", "FPID2."},
      {"0b1c2d3e-4f50-4617-8a9b-acbdcedf0011", "0b1c2d3e-4f50-4617-8a9b-acbdcedf0011"},
      {"1.2.3.4", "1.2.3.4"},
      {"", ""},
  };
  for (const auto& [text, id] : cases) EXPECT_EQ(client_id_in(text), id) << text;
}

TEST(SessionCookie, IsReadInBothForms) {
  const struct {
    std::string_view text, id, number;
  } cases[] = {
      {"GS1.1.1796000000.5.1.1796000100.60.0.0", "1796000000", "5"},
      {"GS1.1.1796000000", "1796000000", ""},
      {"GS2.1.s1796000000$o5$g1$t1796000100$j60$l0$h0", "1796000000", "5"},
      {"GS2.1.s1796000000$o5$g1$t1796000100$j60$l0$h0$dpabAcG", "1796000000", "5"},
      {"GS2.1.o7$s1", "1", "7"},
      {"GS2.1.", "", ""},
      {"GS3.1.s1$o2", "", ""},
      {"1796000000", "", ""},
      {"", "", ""},
  };
  for (const auto& [text, id, number] : cases) {
    EXPECT_EQ(session_in(text).id, id) << text;
    EXPECT_EQ(session_in(text).number, number) << text;
  }
}

TEST(CookieHeader, NamesTheVisitorByFpidThenByGa) {
  const struct {
    std::string_view header, id;
  } cases[] = {
      {"a=b; _ga=GA1.1.1.2; FPID=FPID2.2.h%3D.9", "h=.9"},
      {"_ga=GA1.1.4358818013.1760046751", "4358818013.1760046751"},
      {"x_ga=GA1.1.1.2;_ga=GA1.1.3.4", "3.4"},
      {"FPID=other; _ga=GA1.1.1.2", "1.2"},
      {"_ga=plain", ""},
      {"_ga=", ""},
      {"", ""},
  };
  Arena arena;
  for (const auto& [header, id] : cases) {
    EXPECT_EQ(client_id_of_cookies(header, arena), id) << header;
  }
}

TEST(FirstTouch, IsWhatAGoogleClientIdSaysBehindItsDot) {
  constexpr std::int64_t kNow = 1'796'000'000'000'000;
  EXPECT_EQ(first_touch_in("1234567890.1795000000", kNow), 1'795'000'000'000'000);
  EXPECT_EQ(first_touch_in("hash=.1679765875", kNow), 1'679'765'875'000'000);
  EXPECT_EQ(first_touch_in("1.1796086400", kNow), 1'796'086'400'000'000);  // A day ahead.
  for (const char* id : {"1.1796086401", "1.1000000000", "1.2", "1.17950000001", "1.-179500000",
                         "1.179500000x", "1795000000", "", "."}) {
    EXPECT_FALSE(first_touch_in(id, kNow)) << id;
  }
}

}  // namespace
}  // namespace rs::ga4
