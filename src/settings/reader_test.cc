#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/fixture.h"

namespace rs::settings {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ReadSettings, FollowsTheOrderOfPrecedence) {
  struct Step {
    std::vector<std::string> environment;
    std::string file, value, source;
  };
  const std::string both = "RUN__PORT=3\nAPP_CONFIG__RUN__PORT=4\n";
  const Step steps[] = {
      {{}, "", "8000", "default"},
      {{"PORT=1"}, "", "1", "environment PORT"},
      {{}, "PORT=2", "2", ".env:1 PORT"},
      {{"PORT=1"}, "PORT=2", "1", "environment PORT"},
      {{"PORT=1"}, "RUN__PORT=3", "3", ".env:1 RUN__PORT"},
      {{"PORT=1"}, both, "4", ".env:2 APP_CONFIG__RUN__PORT"},
      {{"PORT=1", "RUN__PORT=5"}, both, "5", "environment RUN__PORT"},
      {{"APP_CONFIG__RUN__PORT=6", "RUN__PORT=5"}, both, "6", "environment APP_CONFIG__RUN__PORT"},
      {{"app_config__Run__port=6"}, both, "6", "environment app_config__Run__port"},
      {{"run__PORT=6"}, "", "6", "environment run__PORT"},
      {{}, "RUN__PORT=1\nrun__port=2", "2", ".env:2 run__port"},
      {{"APP_CONFIG__RUN__PORT="}, "RUN__PORT=3", "3", ".env:1 RUN__PORT"},
      {{"APP_CONFIG__RUN__PORT= ", "RUN__PORT= 7\n"}, "", "7", "environment RUN__PORT"},
  };
  for (const auto& step : steps) {
    write(".env", step.file);
    const Reading reading = read(step.environment);
    EXPECT_THAT(reading.mistakes, IsEmpty()) << step.source;
    const Effective& port = value_of(reading, "RUN__PORT");
    EXPECT_EQ(port.value, step.value) << step.source;
    const auto at = port.source.find(".env");
    EXPECT_EQ(at == std::string::npos ? port.source : port.source.substr(at), step.source);
  }
}

TEST_F(ReadSettings, LooksForOneFileOnly) {
  write("src/.env", "RUN__PORT=2\nRUN__THREADS=3\n");
  EXPECT_EQ(read({}).settings.run.port, 2);
  std::filesystem::create_directory(folder_ / ".env");  // A Python environment of that name.
  EXPECT_EQ(read({}).settings.run.port, 2);
  std::filesystem::remove(folder_ / ".env");
  write(".env", "RUN__PORT=1\n");
  EXPECT_EQ(read({}).settings.run.port, 1);
  EXPECT_FALSE(value_of(read({}), "RUN__THREADS").given);
  write("named.env", "RUN__PORT=4\n");
  EXPECT_EQ(read({}, folder_ / "named.env").settings.run.port, 4);
}

TEST_F(ReadSettings, ReportsANamedFileThatIsNone) {
  EXPECT_THAT(mistakes({}, folder_ / "missing.env"),
              ElementsAre("missing.env is named by --env-file and is no file"));
  EXPECT_THAT(mistakes({}, folder_.string()),
              ElementsAre(HasSubstr(" is named by --env-file and is no file")));
}

TEST_F(ReadSettings, ReportsBadLinesOfTheFile) {
  write(".env", "RUN__PORT\nRUN__THREADS='2\n");
  EXPECT_THAT(mistakes({}), ElementsAre(".env:1 has no '='", ".env:2 has no closing quote"));
}

}  // namespace
}  // namespace rs::settings
