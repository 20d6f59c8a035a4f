// Faults of the connection: bigquery.md section 7, cases 1 to 16.
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "direct/direct_run.h"
#include "direct/fault_case.h"

namespace rs::direct {
namespace {

// An ended call may take answers along that were on their way: such rows are there twice.
constexpr Expected kAnswersMayGo{.duplicates = true};

const std::vector<FaultCase>& cases() {
  static const std::vector<FaultCase> all = {
      {"Case01UnavailableBeforeTheCommit", {R"({"fault":"unavailable","nth":3})"}, kAnswersMayGo},
      {"Case01ResetBeforeTheCommit", {R"({"fault":"reset","nth":1})"}, kAnswersMayGo},
      {"Case02EndsAfterTheCommit",
       {R"({"fault":"unavailable","nth":3,"apply":true})"},
       {.duplicates = true}},
      {"Case02ResetsAfterTheCommitOften",
       {R"({"fault":"reset","apply":true,"probability":0.2,"times":20})"},
       {.duplicates = true}},
      {"Case03EndsWellWithRequestsOutstanding", {R"({"fault":"ends_ok","nth":4})"}, kAnswersMayGo},
      {"Case04HalfTheWindowIsAnswered", {R"({"fault":"restarted","nth":6})"}, kAnswersMayGo},
      {"Case06IdleCloseCrossesWithARequest", {R"({"fault":"idle","nth":4})"}, kAnswersMayGo},
      {"Case07TheConnectionIsDraining", {R"({"fault":"draining","nth":2})"}, kAnswersMayGo},
      {"Case09AnswersStop",
       {R"({"fault":"hang","nth":3})"},
       {.duplicates = true},
       [](RunOptions& options) {
         options.settings = [](auto& s) { s.answer_timeout = milliseconds(100); };
       }},
      {"Case10TheServerReadsSlowly",
       {R"({"fault":"stop_reading","nth":2,"delay_ms":300})"},
       {},
       [](RunOptions& options) { options.padding = std::string(20'000, 'x'); }},
      {"Case12FlapsWithProgress",
       {R"({"fault":"unavailable","probability":0.5,"times":40})"},
       kAnswersMayGo},
      {"Case14InternalInAnAnswer", {R"({"fault":"internal","nth":3})"}},
      {"Case14BusyInAnAnswer", {R"({"fault":"busy","nth":1,"times":3})"}},
      {"Case14UnknownInAnAnswer", {R"({"fault":"unknown","probability":0.2,"times":10})"}},
      {"Case14CancelledByTheServer", {R"({"fault":"cancelled","nth":3})"}, kAnswersMayGo},
      {"Case15Quota", {R"({"fault":"quota","times":25})"}},
      {"Case16ConnectionsAreRefusedAtFirst", {R"({"fault":"connections","times":3})"}},
  };
  return all;
}

INSTANTIATE_TEST_SUITE_P(Connection, Fault, faults_in_both_modes(cases()), name_of_case);

class Connection : public testing::TestWithParam<BigQueryDelivery> {};
INSTANTIATE_TEST_SUITE_P(Each, Connection, both_modes(), name_of_mode);

TEST_P(Connection, Case04SendsOnlyTheUnansweredAgain) {
  DirectRun run({.delivery = GetParam()});
  run.fault(R"({"fault":"restarted","nth":6})");
  run.post(100);
  run.check(kAnswersMayGo);
  // Requests 1 to 5 were answered, unless an answer went with the call.
  EXPECT_LE(run.fake().stats().rows_received, 100U + 100U);
  if (run.exactly_once()) {
    EXPECT_EQ(run.fake().row_count(run.table()), 100U);
  }
}

TEST_P(Connection, Case05IdleCloseIsNoFailureAndIsMendedByTheNextRow) {
  DirectRun run({.delivery = GetParam()});
  run.post(20);
  ASSERT_TRUE(run.settle());
  run.fake().stop_grpc();
  ASSERT_TRUE(eventually([&] { return run.sink_stats().connections == 0; }));
  ASSERT_TRUE(run.fake().start_grpc());
  EXPECT_EQ(run.sink_stats().failures, 0U);
  EXPECT_TRUE(run.stats().ready);
  EXPECT_EQ(run.sink_stats().connects, 1U);
  run.post(20);
  run.check();
}

TEST_P(Connection, Case07GoesOnAfterAGoAway) {
  DirectRun run({.delivery = GetParam()});
  run.post(100);
  run.fake().stop_grpc(milliseconds(50));
  run.post(100);
  ASSERT_TRUE(run.fake().start_grpc());
  run.check({.duplicates = true});
}

TEST_P(Connection, Case11HoldsRowsWhileNothingListensAndDeliversThemInOrder) {
  DirectRun run({.delivery = GetParam()});
  run.post(50);
  ASSERT_TRUE(run.settle());
  run.fake().stop_grpc();
  run.post(500);
  ASSERT_TRUE(eventually([&] { return run.stats().retries >= 5; }));
  EXPECT_FALSE(run.stats().ready);
  EXPECT_EQ(run.stats().accounting.held, 500U);
  ASSERT_TRUE(run.fake().start_grpc());
  run.check();
}

TEST_P(Connection, Case11StartsWhileNothingListensAndIsNotReady) {
  DirectRun run({.delivery = GetParam(), .start = false, .settings = [](auto& s) {
                   s.rest_emulator = "127.0.0.1:1";  // Nobody's port.
                 }});
  ASSERT_TRUE(run.start());
  EXPECT_FALSE(run.stats().ready);
  EXPECT_NE(run.stats().trouble.find("http://127.0.0.1:1 cannot be reached"), std::string::npos)
      << run.stats().trouble;
}

TEST(DefaultConnections, Case16ShrinkWhenOneMoreIsRefused) {
  DirectRun run({.fake = [](auto& fake) { fake.ack_delay = milliseconds(20); },
                 .settings =
                     [](auto& s) {
                       s.connections_max = 4;
                       s.window_requests = 2;
                       s.grow_after = milliseconds(20);
                     }});
  run.fault(R"({"fault":"connections","nth":2,"times":0})");
  run.post(2'000);
  run.check();
  EXPECT_GE(run.fake().stats().connections, 2U);
}

TEST(DefaultConnections, Case13AllCutAtOnceAskOnceEachPauseAndNotAllAtOnce) {
  DirectRun run({.fake = [](auto& fake) { fake.ack_delay = milliseconds(20); },
                 .settings =
                     [](auto& s) {
                       s.connections_max = 8;
                       s.window_requests = 2;
                       s.grow_after = milliseconds(5);
                     }});
  run.post(4'000);
  ASSERT_TRUE(eventually([&] { return run.sink_stats().connections == 8; }));
  run.fake().stop_grpc();
  const auto connects = run.sink_stats().connects;
  const auto retries = run.stats().retries;
  ASSERT_TRUE(eventually([&] { return run.stats().retries >= retries + 20; }));
  EXPECT_LE(run.sink_stats().connects - connects, 8 + run.stats().retries - retries);
  ASSERT_TRUE(run.fake().start_grpc());
  run.check({.duplicates = true});
}

TEST(DefaultConnections, GrowUnderLoadAndShrinkAfterIt) {
  DirectRun run({.fake = [](auto& fake) { fake.ack_delay = milliseconds(20); },
                 .settings =
                     [](auto& s) {
                       s.connections_max = 4;
                       s.window_requests = 2;
                       s.grow_after = milliseconds(20);
                       s.shrink_after = milliseconds(50);
                     }});
  run.post(2'000);
  EXPECT_TRUE(eventually([&] { return run.sink_stats().connections >= 3; }));
  ASSERT_TRUE(run.settle());
  EXPECT_TRUE(eventually([&] { return run.sink_stats().connections == 1; }));
  run.check();
}

}  // namespace
}  // namespace rs::direct
