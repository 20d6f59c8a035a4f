// The parts that must be exactly PHP's, or exactly equivalent to what they replace.

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "device/client_hints.h"
#include "device/database.h"
#include "device/leading_dots.h"
#include "device/test_database.h"
#include "device/version_compare.h"

namespace rs::device {
namespace {

TEST(CompareVersions, OrdersAsPhpDoes) {
  struct Case {
    std::string_view a, b;
    int expected;
  };
  constexpr Case kCases[] = {{"", "", 0},
                             {"1", "", 1},
                             {"", "0", -1},
                             {"1.0", "1", 1},
                             {"10.0", "9.9", 1},
                             {"1.0", "1.0.0", -1},
                             {"5.2", "5.10", -1},
                             {"1.0rc1", "1.0", -1},
                             {"1.0b1", "1.0a2", 1},
                             {"1.0pl1", "1.0", 1},
                             {"1.0-dev", "1.0", -1},
                             {"1_2", "1.2", 0},
                             {"1.2abc", "1.2", -1},
                             {"08", "8", 0},
                             {"3.5", "15", -1},
                             {"2.9.16", "2.28", -1},
                             {"99999999999999999999", "1", 1}};
  for (const auto& [a, b, expected] : kCases) {
    EXPECT_EQ(compare_versions(a, b), expected) << a << " and " << b;
    EXPECT_EQ(compare_versions(b, a), -expected) << b << " and " << a;
  }
}

TEST(LeadingDots, AreKeptToTheStartOfALineWhereAMatchMayBegin) {
  const auto rewritten = with_leading_dots_at_line_start;
  EXPECT_EQ(rewritten("abc.*def"), "abc.*def");
  EXPECT_EQ(rewritten(".*def"), "(?<![^\\n]).*def");
  EXPECT_EQ(rewritten("abc|.+def"), "abc|(?<![^\\n]).+def");
  EXPECT_EQ(rewritten("(?:abc|.+def)x"), "(?:abc|(?<![^\\n]).+def)x");
  EXPECT_EQ(rewritten("(?:abc|.+def)+x"), "(?:abc|.+def)+x");
  EXPECT_EQ(rewritten("x(?:abc|.+def)"), "x(?:abc|.+def)");
  EXPECT_EQ(rewritten("[.*]a|\\.*"), "[.*]a|\\.*");
  EXPECT_EQ(behind_word_run("[a-z0-9_-]*(?:a|b)"), "(?:a|b)");
  EXPECT_EQ(behind_word_run("[a-z0-9_-]*a|b").data(), nullptr);
}

TEST(ClientHints, AreReadFromHeadersInAnySpelling) {
  EXPECT_EQ(ClientHints::find("Sec-CH-UA-Model"), Hint::kModel);
  EXPECT_EQ(ClientHints::find("HTTP_SEC_CH_UA_MODEL"), Hint::kModel);
  EXPECT_EQ(ClientHints::find("http-model"), std::nullopt);
  EXPECT_EQ(ClientHints::find("Sec-CH-Prefers-Color-Scheme"), std::nullopt);
}

TEST(ClientHints, TakeBrandsUpToTheFirstThatIsNone) {
  ClientHints hints;
  hints.add(Hint::kBrands, R"("A";v="1", "B"; v="2", "A";v="3", C;v="4", "D";v="5")");
  ASSERT_EQ(hints.brands().size(), 2u);
  EXPECT_EQ(hints.brands()[0].version, "3");
  hints.add(Hint::kBrands, R"("E";v="6")");
  EXPECT_EQ(hints.brands()[0].name, "A") << "the first list stays";
  hints.add(Hint::kFullVersionList, R"("E";v="6.1")");
  EXPECT_EQ(hints.brands()[0].name, "E") << "but for the full one";
}

TEST(ClientHints, SkipValuesWithTagsAndEmptyOnes) {
  ClientHints hints;
  hints.add(Hint::kModel, "a<b");
  hints.add(Hint::kPlatform, "0");
  hints.add(Hint::kArchitecture, "a < b");
  EXPECT_EQ(hints.model(), "");
  EXPECT_EQ(hints.platform(), "");
  EXPECT_EQ(hints.architecture(), "a < b");
}

class DamagedDatabase : public ::testing::Test {
 protected:
  // The reason why a copy of the database, changed at one byte, is refused.
  std::string refusal(std::size_t at, std::size_t cut = 0) {
    std::ifstream in(RS_DEVICE_DATABASE, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    bytes.resize(bytes.size() - cut);
    const std::string path = ::testing::TempDir() + "damaged_device.db";
    std::ofstream(path, std::ios::binary) << bytes;
    const auto opened = DeviceData::open(path);
    std::filesystem::remove(path);
    return opened ? "" : opened.error().message;
  }
};

TEST_F(DamagedDatabase, IsRefusedWithTheReason) {
  EXPECT_NE(refusal(0).find("not a device database"), std::string::npos);
  EXPECT_NE(refusal(8).find("format"), std::string::npos);
  EXPECT_NE(refusal(1'000'000).find("checksum"), std::string::npos);
  EXPECT_NE(refusal(1'000'000, 1).find("bytes"), std::string::npos);
  EXPECT_NE(DeviceData::open("/nonexistent.db").error().message.find("No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace rs::device
