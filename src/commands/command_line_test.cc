#include "commands/command_line.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/version.h"
#include "commands/check_config.h"
#include "commands/command_fixture.h"
#include "row/print_schema.h"
#include "settings/text.h"

namespace rs::commands {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(CommandLine, ExplainsItself) {
  const Outcome help = run_with({}, {"--help"});
  EXPECT_EQ(help.code, kFine);
  for (const char* command : {"serve", "check-config", "print-settings", "print-schema",
                              "print-setup", "query", "load", "version"}) {
    EXPECT_THAT(help.out, HasSubstr("\n  " + std::string(command) + " ")) << command;
    const Outcome one = run_with({}, {command, "--help"});
    EXPECT_EQ(one.code, kFine);
    EXPECT_THAT(one.out, HasSubstr("real-streaming " + std::string(command) + " [OPTIONS]"));
  }
}

TEST(CommandLine, EndsWithTwoOnWrongUsage) {
  const std::vector<std::string> cases[] = {{"serv"},
                                            {"--bogus"},
                                            {"--env-file"},
                                            {"version", "more"},
                                            {"check-config", "version"},
                                            {"check-config", "--format", "xml"},
                                            {"print-schema"},
                                            {"print-setup"},
                                            {"print-setup", "local"},
                                            {"query"},
                                            {"query", "SELECT 1", "more"},
                                            {"query", "SELECT 1", "--format", "xml"},
                                            {"print-schema", "--format", "sql"}};
  for (const auto& arguments : cases) {
    const Outcome outcome = run_with({}, arguments);
    EXPECT_EQ(outcome.code, kWrongUsage) << arguments[0];
    EXPECT_THAT(outcome.out, IsEmpty()) << arguments[0];
    EXPECT_THAT(outcome.error, HasSubstr("`real-streaming --help`")) << arguments[0];
  }
}

TEST(CommandLine, PrintsTheCommandsThatMakeGoogleCloudReady) {
  const Outcome outcome = run_with({"WRITERS__PROJECT_ID=shop-1", "WRITERS__BQ__DATASET_ID=web"},
                                   {"print-setup", "direct"});
  EXPECT_EQ(outcome.code, kFine);
  EXPECT_THAT(outcome.out, HasSubstr("bq --location=EU mk --dataset shop-1:web\n"));
  EXPECT_THAT(outcome.out, HasSubstr("--role=roles/bigquery.dataEditor"));
  EXPECT_THAT(outcome.out, HasSubstr("shop-1:web.TABLE_ID\n"));
}

TEST(CommandLine, ServesWhenNoCommandIsGiven) {
  for (const auto& arguments : {std::vector<std::string>{}, std::vector<std::string>{"serve"}}) {
    const Outcome outcome = run_with({"RUN__PORT=http"}, arguments);
    EXPECT_EQ(outcome.code, kWrongUsage);
    EXPECT_THAT(outcome.error, AllOf(StartsWith("There is a mistake in the settings:\n"),
                                     HasSubstr("RUN__PORT = \"http\"")));
  }
}

TEST(CommandLine, TakesTheEnvFileBeforeAndAfterTheCommand) {
  for (const auto& arguments : {std::vector<std::string>{"--env-file", "/no.env", "check-config"},
                                std::vector<std::string>{"check-config", "--env-file=/no.env"},
                                std::vector<std::string>{"--env-file", "/no.env"}}) {
    const Outcome outcome = run_with({}, arguments);
    EXPECT_EQ(outcome.code, kWrongUsage);
    EXPECT_THAT(outcome.error, HasSubstr("/no.env is named by --env-file and is no file"));
  }
}

TEST(CommandLine, FailsWhenItsOutputHasNoRoom) {
  for (const char* command : {"version", "print-settings"}) {
    Captured error;
    std::FILE* full = std::fopen("/dev/full", "w");
    ASSERT_NE(full, nullptr);
    EXPECT_EQ(run({command}, {{}, full, error.stream, {}}), kFailed);
    std::fclose(full);
    EXPECT_THAT(error.close(), HasSubstr("No space left on device")) << command;
  }
}

TEST(CheckConfig, PrintsEveryValueAndItsSource) {
  const Outcome outcome = run_with({"APP_CONFIG__RUN__PORT=9000"}, {"check-config"});
  EXPECT_EQ(outcome.code, kFine);
  EXPECT_THAT(
      outcome.out,
      HasSubstr("\nRUN__PORT                           9000                      environment "
                "APP_CONFIG__RUN__PORT\n"));
  EXPECT_THAT(
      outcome.out,
      HasSubstr("\nCOOKIE__MAX_AGE                     63072000                  default\n"));
  EXPECT_THAT(outcome.error, IsEmpty());
}

TEST(CheckConfig, PrintsEveryMistakeInstead) {
  const Outcome outcome = run_with({"RUN__PORT=x", "COOKIE__MAX_AGE=y"}, {"check-config"});
  EXPECT_EQ(outcome.code, kWrongUsage);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("RUN__PORT = \"x\""), HasSubstr("COOKIE__MAX_AGE")));
}

TEST(CheckConfig, SpeaksJsonToPrograms) {
  const Outcome fine = run_with({"WRITERS__DATA_DIR=a\"b"}, {"check-config", "--format", "json"});
  EXPECT_EQ(fine.code, kFine);
  EXPECT_THAT(fine.out, StartsWith("{\"ok\":true,\"settings\":[{\"name\":\"ENVIRONMENT\","
                                   "\"value\":\"QA\",\"source\":\"default\",\"given\":false},\n"));
  EXPECT_THAT(fine.out, HasSubstr("{\"name\":\"WRITERS__DATA_DIR\",\"value\":\"a\\\"b\",\"source\":"
                                  "\"environment WRITERS__DATA_DIR\",\"given\":true}"));
  EXPECT_THAT(fine.out, HasSubstr("],\n\"mistakes\":[],\n\"notes\":[]}\n"));

  const Outcome wrong = run_with({"RUN__PORT=x", "RUN__PROT=1"}, {"check-config", "--format=json"});
  EXPECT_EQ(wrong.code, kWrongUsage);
  EXPECT_THAT(wrong.out, StartsWith("{\"ok\":false,"));
  EXPECT_THAT(
      wrong.out,
      HasSubstr("\"mistakes\":[{\"setting\":\"RUN__PORT\",\"value\":\"x\",\"where\":"
                "\"environment\",\"problem\":\"must be a whole number from 0 to 65535\"}],\n"
                "\"notes\":[\"RUN__PROT (environment) is not a setting and is ignored; did "
                "you mean RUN__PORT?\"]}\n"));
}

TEST(PrintSettings, PrintsTheTable) {
  EXPECT_EQ(run_with({}, {"print-settings"}).out, settings::env_example());
  EXPECT_EQ(run_with({}, {"print-settings", "--format", "markdown"}).out,
            settings::settings_markdown());
}

TEST(PrintSchema, PrintsTheRowInEachLanguage) {
  for (const auto& [name, format] : {std::pair{"bigquery", row::SchemaFormat::kBigQuery},
                                     std::pair{"duckdb", row::SchemaFormat::kDuckDb},
                                     std::pair{"proto", row::SchemaFormat::kProto},
                                     std::pair{"markdown", row::SchemaFormat::kMarkdown}}) {
    const Outcome outcome = run_with({}, {"print-schema", "--format", name});
    EXPECT_EQ(outcome.code, kFine);
    EXPECT_EQ(outcome.out, row::print_schema(format)) << name;
    EXPECT_THAT(outcome.out, HasSubstr("event_name")) << name;
  }
}

TEST(Version, NamesWhatTheBinaryWasBuiltFrom) {
  const Outcome outcome = run_with({}, {"version"});
  EXPECT_EQ(outcome.code, kFine);
  EXPECT_EQ(outcome.out, app::version_text());
  EXPECT_THAT(outcome.out, MatchesRegex("real-streaming +[0-9]+\\.[0-9]+\\.[0-9]+\n"
                                        "commit +[A-Za-z0-9._/-]+\n"
                                        "build type +[A-Za-z]+\n"
                                        "compiler +(GCC|Clang) [^\n]+\n"
                                        "DuckDB +v1\\.4\\.[0-9]+\n"
                                        "public suffix list +20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] "
                                        "\\(tldts [0-9.]+, [0-9]+ names\\)\n"
                                        "(.+ +.+\n)*"));
  EXPECT_EQ(run_with({}, {"--version"}).out, outcome.out);
}

}  // namespace
}  // namespace rs::commands
