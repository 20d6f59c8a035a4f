#include "settings/env_file.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rs::settings {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Case {
  std::string_view text;
  std::string_view value;  // Of the name A, without any fault.
};

TEST(EnvText, UnderstandsWhatOtherReadersOfEnvFilesDo) {
  const Case cases[] = {
      {"A=1", "1"},
      {"A=1\n", "1"},
      {"A=1\r\nB=2\r\n", "1"},
      {"\xef\xbb\xbf"
       "A=1",
       "1"},
      {"  export A=1", "1"},
      {"export\tA = 1 ", "1"},
      {"A =  1", "1"},
      {"A=", ""},
      {"A=   # nothing", ""},
      {"A=1 # one", "1"},
      {"A=1\t# one", "1"},
      {"A=a#b", "a#b"},
      {"A=#b", "#b"},
      {"A=x=y", "x=y"},
      {"A=a b  c", "a b  c"},
      {"A=it's", "it's"},
      {"A=C:\\new", "C:\\new"},
      {"A=[\"x\",\"y\"]", "[\"x\",\"y\"]"},
      {"A='1'", "1"},
      {"A='' # none", ""},
      {"A=\"\"", ""},
      {"A=' a # b '", " a # b "},
      {"A='a\\nb\\'c\\\\'", "a\\nb'c\\"},
      {"A=\"a\\nb\\tc\\rd\\\"e\\\\f\\$g\\h\"", "a\nb\tc\rd\"e\\f$g\\h"},
      {"A=\"1\" # one", "1"},
      {"A='[\"x\",\n \"y\"]'\nB=2", "[\"x\",\n \"y\"]"},
      {"# A=0\n\n   # A=0\nA=1", "1"},
      {"A=\xc3\xa4", "\xc3\xa4"},
  };
  for (const auto& [text, value] : cases) {
    const EnvText parsed = parse_env_text(text);
    EXPECT_THAT(parsed.faults, IsEmpty()) << text;
    ASSERT_FALSE(parsed.entries.empty()) << text;
    EXPECT_EQ(parsed.entries[0].name, "A") << text;
    EXPECT_EQ(parsed.entries[0].value, value) << text;
  }
}

TEST(EnvText, NamesTheLineOfEveryFaultAndReadsTheRest) {
  const EnvText parsed = parse_env_text(
      "A=1\n"
      "nonsense\n"
      "B='2\n"  // No closing quote: the lines below are read all the same.
      "C=\"3\" 4\n"
      "=5\n"
      "two words=6\n"
      "1A=7\n"
      "D=8");
  std::vector<std::size_t> lines;
  for (const auto& fault : parsed.faults) lines.push_back(fault.line);
  EXPECT_THAT(lines, ElementsAre(2, 3, 4, 5, 6, 7));
  EXPECT_EQ(parsed.faults[0].problem, "has no '='");
  EXPECT_EQ(parsed.faults[1].problem, "has no closing quote");
  EXPECT_EQ(parsed.faults[2].problem, "goes on after the closing quote");
  EXPECT_EQ(parsed.faults[3].problem, "has no name of letters, digits and '_' before '='");
  ASSERT_EQ(parsed.entries.size(), 2u);
  EXPECT_EQ(parsed.entries[1].name, "D");
  EXPECT_EQ(parsed.entries[1].line, 8u);
}

TEST(EnvText, CountsTheLinesInsideQuotes) {
  const EnvText parsed = parse_env_text("A='1\n2\n3'\nB=4\nbad");
  ASSERT_EQ(parsed.entries.size(), 2u);
  EXPECT_EQ(parsed.entries[0].line, 1u);
  EXPECT_EQ(parsed.entries[1].line, 4u);
  ASSERT_EQ(parsed.faults.size(), 1u);
  EXPECT_EQ(parsed.faults[0].line, 5u);
}

TEST(EnvText, RefusesBytesThatAreNoText) {
  const EnvText latin1 = parse_env_text("A=1\nB=\xe4\n");
  EXPECT_THAT(latin1.entries, IsEmpty());
  ASSERT_EQ(latin1.faults.size(), 1u);
  EXPECT_EQ(latin1.faults[0].line, 2u);

  const EnvText nul =
      parse_env_text(std::string_view("A=1\0"
                                      "2\nB=3",
                                      9));
  ASSERT_EQ(nul.faults.size(), 1u);
  EXPECT_EQ(nul.entries.size(), 1u);
}

TEST(EnvText, NoticesVariablesThatItDoesNotReplace) {
  const auto wants = [](std::string_view text) {
    const EnvText parsed = parse_env_text(text);
    return parsed.entries.size() == 1 && parsed.entries[0].wants_expansion;
  };
  EXPECT_TRUE(wants("A=${HOME}/data"));
  EXPECT_TRUE(wants("A=\"x $(pwd)\""));
  EXPECT_FALSE(wants("A='${HOME}'"));
  EXPECT_FALSE(wants("A=\"\\${HOME}\""));
  EXPECT_FALSE(wants("A=5$ # ${HOME}"));
}

}  // namespace
}  // namespace rs::settings
