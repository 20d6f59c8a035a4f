#include "ga4/consent.h"

#include <string>

#include <gtest/gtest.h>

namespace rs::ga4 {
namespace {

char letter(Consent consent) {
  switch (consent) {
    case Consent::kGranted:
      return 'Y';
    case Consent::kDenied:
      return 'N';
    case Consent::kNotSaid:
      break;
  }
  return '-';
}

std::string letters(const ConsentSignals& signals) {
  return {letter(signals.ad_storage), letter(signals.analytics_storage),
          letter(signals.ad_user_data), letter(signals.ad_personalization)};
}

TEST(Gcs, SaysBothStoragesAndNothingForOtherCharacters) {
  const struct {
    std::string_view gcs, meaning;
  } cases[] = {{"G100", "NN--"}, {"G110", "YN--"},       {"G101", "NY--"}, {"G111", "YY--"},
               {"G1--", "----"}, {"G1-1", "-Y--"},       {"G1x1", "-Y--"}, {"G10", "N---"},
               {"G1", "----"},   {"", "----"},           {"G2", "----"},   {"100", "----"},
               {"g100", "----"}, {"G100garbage", "NN--"}};
  for (const auto& [gcs, meaning] : cases) EXPECT_EQ(letters(read_gcs(gcs)), meaning) << gcs;
}

TEST(Gcd, SaysWhatWasStatedLastAndTheImplicitStateOtherwise) {
  const struct {
    std::string_view gcd, effective, stated;
  } cases[] = {
      {"13l3l3l3l1l1", "YYYY", "----"},  // All implicitly granted: no consent mode on the page.
      {"13l3l3l2l1l1", "YYYN", "----"},
      {"11l1l1l1l1", "----", "----"},  // 2023: no implicit states.
      {"13r3r3r2r5l1", "YYYY", "YYYY"},
      {"13p3p3p3p5l1", "NNNN", "NNNN"},
      {"13p3t3p2p5l1", "NYNN", "NYNN"},
      {"13e3e3e3e5l1", "NNNN", "NNNN"},  // Granted by default, denied by the update.
      {"13l3l3R3l5l1", "YYYY", "--Y-"},  // Declared granted.
      {"13t3tPt2t5l1", "YYYY", "YYYY"},
      {"13r3r3r3q7", "YYYN", "YYYN"},  // A short tail.
      {"13l3l3l3l1", "YYYY", "----"},
      {"13r3r", "YY--", "YY--"},
      {"13r3", "Y---", "Y---"},
      {"1", "----", "----"},
      {"", "----", "----"},
      {"opaque", "----", "----"},
      {"23r3r3r3r", "----", "----"},
      {"13~3~3~3~", "YYYY", "----"},
      {"1~r~r~r~r", "YYYY", "YYYY"},
      {"1\xc3\xa9-r", "-Y--", "-Y--"},  // Two bytes of UTF-8 for characters.
  };
  for (const auto& [gcd, effective, stated] : cases) {
    EXPECT_EQ(letters(read_gcd(gcd).effective), effective) << gcd;
    EXPECT_EQ(letters(read_gcd(gcd).stated), stated) << gcd;
  }
}

TEST(Gcd, ReadsEachOfThe64ValuesByItsBits) {
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  for (unsigned value = 0; value < kAlphabet.size(); ++value) {
    char expected = '-';
    for (const unsigned shift : {4U, 2U, 0U}) {
      if ((value >> shift & 3U) == 2) expected = 'N';
      if ((value >> shift & 3U) == 3) expected = 'Y';
    }
    const std::string gcd = std::string("10") + kAlphabet[value];
    EXPECT_EQ(letter(read_gcd(gcd).effective.ad_storage), expected) << gcd;
  }
}

TEST(Privacy, TakesTheStoragesFromGcsAndTheOthersFromGcd) {
  const auto privacy = privacy_of("G101", "13p3t3p2p5l1", false);
  ASSERT_TRUE(privacy);
  EXPECT_EQ(privacy->ads_storage, "No");
  EXPECT_EQ(privacy->analytics_storage, "Yes");
  EXPECT_EQ(privacy->ad_user_data, "No");
  EXPECT_EQ(privacy->ad_personalization, "No");
  EXPECT_FALSE(privacy->uses_transient_token);
}

TEST(Privacy, IsNullWhereNothingWasSaid) {
  EXPECT_FALSE(privacy_of("", "", false));
  EXPECT_FALSE(privacy_of("G1--", "11l1l1l1l1", false));
  const auto implicit = privacy_of("", "13l3l3l3l1l1", false);
  ASSERT_TRUE(implicit);
  EXPECT_FALSE(implicit->ads_storage);
  EXPECT_FALSE(implicit->analytics_storage);
  EXPECT_EQ(implicit->ad_user_data, "Yes");
}

TEST(Privacy, BelievesAStatementOfGcdWhereGcsIsMissing) {
  const auto privacy = privacy_of("", "13p3p3p3p5l1", false);
  ASSERT_TRUE(privacy);
  EXPECT_EQ(privacy->analytics_storage, "No");
  EXPECT_EQ(privacy->ads_storage, "No");
}

TEST(Privacy, TakesNonPersonalizedAdsAsADenialThatNothingElseContradicts) {
  EXPECT_EQ(privacy_of("", "", true)->ad_personalization, "No");
  EXPECT_EQ(privacy_of("", "13r3r3r3r5l1", true)->ad_personalization, "Yes");
}

}  // namespace
}  // namespace rs::ga4
