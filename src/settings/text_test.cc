#include "settings/text.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/env_file.h"
#include "settings/reader.h"
#include "settings/table.h"

namespace rs::settings {
namespace {

std::string file_in_tree(const std::string& name) {
  std::ifstream file(std::string(RS_SOURCE_DIR) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(EnvExample, IsWhatTheTableSays) {
  EXPECT_EQ(file_in_tree(".env.example"), env_example())
      << "real-streaming print-settings > .env.example";
}

TEST(SettingsPage, IsWhatTheTableSays) {
  EXPECT_EQ(file_in_tree("docs/settings.md"), settings_markdown())
      << "real-streaming print-settings --format markdown > docs/settings.md";
}

TEST(EnvExample, ChangesNothingWhenEveryLineIsSwitchedOn) {
  std::istringstream lines(env_example());
  Sources switched_on;
  std::string line;
  while (std::getline(lines, line)) {
    if (line.rfind("#APP_CONFIG__", 0) == 0) switched_on.environment.push_back(line.substr(1));
  }
  const Reading with = read_settings(switched_on), without = read_settings({});
  EXPECT_TRUE(with.mistakes.empty()) << describe(with.mistakes);
  ASSERT_EQ(switched_on.environment.size(), with.values.size());
  for (std::size_t i = 0; i < with.values.size(); ++i) {
    EXPECT_EQ(with.values[i].value, without.values[i].value) << with.values[i].setting->name;
  }
}

TEST(EnvExample, IsAnEnvFileThatFitsAScreen) {
  const EnvText parsed = parse_env_text(env_example());
  EXPECT_TRUE(parsed.entries.empty());
  EXPECT_TRUE(parsed.faults.empty());
  std::istringstream lines(env_example());
  std::string line;
  while (std::getline(lines, line)) {
    EXPECT_TRUE(line.size() <= 100 || line.rfind("#APP_CONFIG__", 0) == 0) << line;
  }
}

TEST(SettingsTable, NamesEachSettingOnceInCapitalsWithHelp) {
  std::set<std::string_view> names;
  for (const auto& group : settings_table()) {
    for (const auto& setting : group.settings) {
      EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
      EXPECT_THAT(std::string(setting.name), ::testing::MatchesRegex("[A-Z0-9_]+"));
      EXPECT_EQ(setting.help.back(), '.') << setting.name;
    }
  }
}

}  // namespace
}  // namespace rs::settings
