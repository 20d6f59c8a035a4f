// The table: made, mended, refused: bigquery.md section 7, cases 35 to 43.
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "direct/direct_run.h"
#include "direct/fault_case.h"
#include "google/json.h"
#include "row/columns.h"
#include "row/print_schema.h"

namespace rs::direct {
namespace {

using testing::HasSubstr;

std::string our_fields() {
  return row::bigquery_fields(row::columns());
}

// Without the columns from `count` on.
std::string first_fields(std::size_t count) {
  return row::bigquery_fields(row::columns().first(count));
}

class Table : public testing::TestWithParam<BigQueryDelivery> {};
INSTANTIATE_TEST_SUITE_P(Each, Table, both_modes(), name_of_mode);

TEST_P(Table, IsMadeWithPartitionsClustersAndDescriptions) {
  DirectRun run({.delivery = GetParam()});
  const auto table = google::Json::parse(run.fake().table(run.table()).value()).value();
  EXPECT_EQ(table.text("/timePartitioning/type"), "DAY");
  EXPECT_EQ(table.text("/timePartitioning/field"), "date");
  EXPECT_EQ(table.text("/clustering/fields/0"), "user_pseudo_id");
  EXPECT_EQ(table.text("/clustering/fields/1"), "event_name");
  EXPECT_NE(table.text("/description"), "");
  EXPECT_EQ(table.count("/schema/fields"), row::columns().size());
  EXPECT_NE(table.text("/schema/fields/0/description"), "");
}

TEST_P(Table, Case35IsMadeAgainWhenItWasDropped) {
  DirectRun run({.delivery = GetParam()});
  run.post(20);
  ASSERT_TRUE(run.settle());
  run.fake().delete_table(run.table());
  run.post(20);
  ASSERT_TRUE(run.settle()) << run.stats().trouble;
  EXPECT_EQ(run.fake().row_count(run.table()), 20U);
}

TEST_P(Table, Case36WaitsForAFreshTable) {
  DirectRun run({.delivery = GetParam(), .fake = [](auto& fake) { fake.fresh_table_denials = 2; }});
  run.post(50);
  run.check();
}

TEST_P(Table, Case37HoldsRowsWhileBigQueryDeniesAndSaysSo) {
  DirectRun run(
      {.delivery = GetParam(), .settings = [](auto& s) { s.denied_max = milliseconds(0); }});
  run.fault(R"({"fault":"denied","times":0})");
  run.post(50);
  ASSERT_TRUE(eventually([&] { return run.stats().retries >= 3; }));
  EXPECT_FALSE(run.stats().ready);
  EXPECT_THAT(run.stats().trouble, HasSubstr("PERMISSION_DENIED"));
  EXPECT_EQ(run.stats().accounting.dead_lettered, 0U);
  run.fake().clear_faults();
  run.check();
}

TEST(Tables, Case38AreMadeOnceBySixteenStartersAtOnce) {
  DirectRun run({.start = false});
  run.fault(R"({"fault":"rest_rate","match":"POST","times":5})");
  run.fault(R"({"fault":"rest_rate","match":"PATCH","times":3})");
  std::vector<std::unique_ptr<bigquery::BigQuerySink>> sinks;
  for (int i = 0; i < 16; ++i) {
    sinks.push_back(
        std::make_unique<bigquery::BigQuerySink>(run.settings(), [](const std::stop_token&) {
          return Result<std::shared_ptr<google::TokenSource>>(nullptr);
        }));
  }
  std::vector<std::thread> starters;
  std::atomic<int> opened = 0;
  for (auto& sink : sinks) {
    starters.emplace_back([&] {
      const auto done = sink->open();
      EXPECT_TRUE(done) << done.error().message;
      if (done) ++opened;
    });
  }
  for (auto& starter : starters) starter.join();
  EXPECT_EQ(opened, 16);
  EXPECT_TRUE(run.fake().table(run.table()));
}

TEST_P(Table, Case39ReconnectsWhenItWasMadeAnew) {
  DirectRun run({.delivery = GetParam()});
  run.fault(R"({"fault":"recreated","nth":3})");
  run.post(100);
  run.check({.duplicates = true});
}

TEST_P(Table, Case40GoesOnWhenSomebodyAddsAColumn) {
  DirectRun run({.delivery = GetParam()});
  run.post(50);
  ASSERT_TRUE(run.settle());
  auto fields = our_fields();
  fields.replace(fields.rfind(']'), 1, R"(,{"name":"extra","type":"STRING","mode":"NULLABLE"}])");
  const auto patched = run.fake().patch_table(run.table(), fields);
  ASSERT_TRUE(patched) << patched.error().message;
  run.post(50);
  run.check();
}

TEST_P(Table, Case41AddsTheColumnsItLacksAndWaitsUntilTheServiceKnowsThem) {
  DirectRun run({.delivery = GetParam(), .start = false});
  const auto made = run.fake().create_table(run.table(), first_fields(row::columns().size() - 3));
  ASSERT_TRUE(made) << made.error().message;
  run.fake().hold_schema_changes(true);
  ASSERT_TRUE(run.start());
  const auto table = google::Json::parse(run.fake().table(run.table()).value()).value();
  EXPECT_EQ(table.count("/schema/fields"), row::columns().size());
  run.post(50);
  ASSERT_TRUE(eventually([&] { return run.stats().retries >= 3; }));
  EXPECT_EQ(run.stats().accounting.dead_lettered, 0U);
  run.fake().hold_schema_changes(false);
  run.check();
}

TEST(Tables, Case41KeepTheirOwnColumnsAndGetNestedOnesWhereTheyBelong) {
  DirectRun run({.start = false});
  const auto made = run.fake().create_table(
      run.table(),
      R"([{"name":"mine","type":"NUMERIC","mode":"NULLABLE","description":"not yours"},)"
      R"({"name":"DEVICE","type":"STRUCT","mode":"NULLABLE","fields":[)"
      R"({"name":"category","type":"STRING","mode":"NULLABLE","description":"kept"}]}])");
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(run.start());
  const auto table = google::Json::parse(run.fake().table(run.table()).value()).value();
  EXPECT_EQ(table.text("/schema/fields/0/name"), "mine");
  EXPECT_EQ(table.text("/schema/fields/0/description"), "not yours");
  EXPECT_EQ(table.text("/schema/fields/1/fields/0/description"), "kept");
  EXPECT_GT(table.count("/schema/fields/1/fields"), 5U);
  EXPECT_EQ(table.count("/schema/fields"), row::columns().size() + 1);
  run.post(50);
  run.check();
}

TEST_P(Table, Case42StopsTheStartAtAColumnOfAnotherType) {
  DirectRun run({.delivery = GetParam(), .start = false});
  ASSERT_TRUE(run.fake().create_table(
      run.table(), R"([{"name":"event_name","type":"INT64"},{"name":"items","type":"STRING"},)"
                   R"({"name":"user_id","type":"STRING","mode":"REQUIRED"}])"));
  const auto started = run.start();
  ASSERT_FALSE(started);
  EXPECT_FALSE(started.error().retryable());
  const auto& message = started.error().message;
  EXPECT_THAT(message, HasSubstr("event_name is INTEGER in the table and STRING in the rows"));
  EXPECT_THAT(message, HasSubstr("items is STRING in the table and REPEATED RECORD in the rows"));
  EXPECT_THAT(message, HasSubstr("ALTER COLUMN user_id DROP NOT NULL"));
  EXPECT_THAT(message, HasSubstr("p-test:d.events"));
  EXPECT_THAT(message, HasSubstr("WRITERS__BQ__TABLE_ID"));
}

TEST_P(Table, Case42HoldsRowsWhenAColumnWasChangedByHand) {
  DirectRun run({.delivery = GetParam()});
  run.post(20);
  ASSERT_TRUE(run.settle());
  run.fake().delete_table(run.table());
  ASSERT_TRUE(run.fake().create_table(run.table(), R"([{"name":"event_name","type":"INT64"}])"));
  run.post(20);
  ASSERT_TRUE(eventually([&] {
    return run.stats().trouble.find("event_name is INTEGER in the table") != std::string::npos;
  })) << run.stats().trouble;
  EXPECT_EQ(run.stats().accounting.dead_lettered, 0U);
  run.fake().delete_table(run.table());
  ASSERT_TRUE(run.settle()) << run.stats().trouble;
  EXPECT_EQ(run.fake().row_count(run.table()), 20U);
}

TEST(Tables, SayHowToMakeTheDatasetThatIsMissing) {
  DirectRun run({.with_dataset = false, .start = false});
  const auto started = run.start();
  ASSERT_FALSE(started);
  EXPECT_FALSE(started.error().retryable());
  EXPECT_THAT(started.error().message, HasSubstr("bq --location=EU mk --dataset p-test:d"));
}

struct RestCase {
  std::string fault;
  bool retryable;
  std::string says;
};

TEST(Tables, StopTheStartOnlyForWhatTimeDoesNotMend) {
  const std::vector<RestCase> cases = {
      {R"({"fault":"rest_backend","times":0})", true, "503"},
      {R"({"fault":"rest_denied","times":0})", false, "roles/bigquery.dataEditor"},
      {R"({"fault":"rest_unauthenticated","times":0})", false, "GOOGLE_APPLICATION_CREDENTIALS"},
      {R"({"fault":"rest_denied","reason":"accessNotConfigured","times":0})", false,
       "gcloud services enable bigquery.googleapis.com --project p-test"},
      {R"({"fault":"rest_denied","code":404,"reason":"notFound",)"
       R"("message":"Not found: Project p-test","times":0})",
       false, "check WRITERS__PROJECT_ID"},
  };
  for (const auto& each : cases) {
    DirectRun run({.start = false});
    run.fault(each.fault);
    bigquery::BigQuerySink sink(run.settings(), [](const std::stop_token&) {
      return Result<std::shared_ptr<google::TokenSource>>(nullptr);
    });
    const auto opened = sink.open();
    ASSERT_FALSE(opened) << each.fault;
    EXPECT_EQ(opened.error().retryable(), each.retryable) << opened.error().message;
    EXPECT_THAT(opened.error().message, HasSubstr(each.says));
  }
}

}  // namespace
}  // namespace rs::direct
