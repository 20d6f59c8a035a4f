#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "commands/command_fixture.h"
#include "duckdb/store.h"

namespace rs::commands {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Query : public ::testing::Test {
 protected:
  Query() {
    char name[] = "/tmp/query_test.XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Query() override { std::filesystem::remove_all(folder_); }

  void make_store() {
    duckdb::LocalStore store(folder_);
    ASSERT_TRUE(store.open().has_value());
  }
  Outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "query");
    return run_with({"WRITERS__DATA_DIR=" + folder_}, arguments);
  }

  std::string folder_;
};

TEST_F(Query, AnswersInTheShapeAskedFor) {
  make_store();
  const std::string sql = "SELECT 1 AS a, count(*) AS b FROM events";
  const Outcome json = ask({sql, "--format", "json"});
  EXPECT_EQ(json.code, kFine) << json.error;
  EXPECT_THAT(json.out, StartsWith("["));
  EXPECT_THAT(json.out, HasSubstr("\"b\""));
  EXPECT_THAT(ask({sql, "--format=csv"}).out, StartsWith("a,b"));
  const Outcome table = ask({sql});
  EXPECT_EQ(table.code, kFine);
  EXPECT_THAT(table.out, HasSubstr("1 row"));
}

TEST_F(Query, FailsWithTheReasonWhenThereIsNothingToAsk) {
  const Outcome outcome = ask({"SELECT 1"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.error, HasSubstr(folder_));
}

TEST_F(Query, FailsWithTheReasonWhenTheStatementIsWrong) {
  make_store();
  const Outcome outcome = ask({"SELECT nothing_of_that_name FROM events"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.error, HasSubstr("nothing_of_that_name"));
}

TEST_F(Query, NeedsSoundSettings) {
  EXPECT_EQ(run_with({"RUN__PORT=x"}, {"query", "SELECT 1"}).code, kWrongUsage);
}

}  // namespace
}  // namespace rs::commands
