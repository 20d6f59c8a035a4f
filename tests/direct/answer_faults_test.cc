// Faults inside answers: bigquery.md section 7, cases 17 to 27.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "direct/direct_run.h"
#include "direct/fault_case.h"

namespace rs::direct {
namespace {

using testing::HasSubstr;

// One request at a time, so that a fault counts along the pieces of one batch.
void one_at_a_time(RunOptions& options) {
  options.settings = [](auto& s) { s.window_requests = 1; };
}

const std::vector<FaultCase>& cases() {
  static const std::vector<FaultCase> all = {
      {"Case17FirstRowIsBad", {}, {}, {}, {30}},
      {"Case17MiddleRowIsBad", {}, {}, {}, {35}},
      {"Case17LastRowIsBad", {}, {}, {}, {39}},
      {"Case18AllRowsOfABatchAreBad", {}, {}, {}, {50, 51, 52, 53, 54, 55, 56, 57, 58, 59}},
      {"Case19TheListIsIncomplete",
       {},
       {},
       [](RunOptions& options) { options.fake = [](auto& fake) { fake.row_errors_max = 2; }; },
       {60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 75, 79, 80, 88}},
      {"Case20BatchesWithBadRowsBackToBack",
       {},
       {},
       {},
       {100, 101, 110, 115, 119, 120, 130, 131, 149, 150, 199}},
      {"Case20TheyMeetALostConnection",
       {R"({"fault":"unavailable","apply":true,"nth":7,"times":2})"},
       {.duplicates = true},
       {},
       {40, 41, 55, 63, 64, 65, 77, 80, 81, 99}},
      {"Case21RowErrorsNameRowsThatAreNotThere",
       {R"({"fault":"row_errors","rows":[-1,99,99,1000000],"nth":3})"},
       {}},
      {"Case22RowErrorsUnderUnavailable",
       {R"({"fault":"row_errors","rows":[0,1],"code":14,"nth":3})"},
       {}},
      {"Case24TheBatchIsRefusedOnceWithoutAName", {R"({"fault":"invalid","nth":3})"}, {}},
      {"Case24TheCallIsEndedForABadRequestOnce",
       {R"({"action":"end","code":3,"message":"bad request","nth":5})"},
       {.duplicates = true}},
      {"Case25RequestsAreSplitBelowTheLimit",
       {},
       {},
       [](RunOptions& options) {
         options.padding = std::string(900, 'x');
         options.settings = [](auto& s) { s.request_bytes_max = 2'500; };
         options.fake = [](auto& fake) { fake.request_bytes_max = 20'000; };
       },
       {7, 8}},
      {"Case26AnAnswerThatSaysNothing", {R"({"fault":"empty","nth":3})"}, {}},
  };
  return all;
}

INSTANTIATE_TEST_SUITE_P(Answer, Fault, faults_in_both_modes(cases()), name_of_case);

class Answer : public testing::TestWithParam<BigQueryDelivery> {};
INSTANTIATE_TEST_SUITE_P(Each, Answer, both_modes(), name_of_mode);

// Answers come in the order of requests and do not say to which they belong (on the default
// stream), so only with nothing behind it can one be seen to be too many or missing.
TEST_P(Answer, Case26AnAnswerTooManyOrAMissingOneEndsTheConnection) {
  for (const std::string fault : {R"({"fault":"twice"})", R"({"fault":"skip"})"}) {
    DirectRun run({.delivery = GetParam(),
                   .settings = [](auto& s) { s.answer_timeout = milliseconds(100); }});
    run.post(100);
    ASSERT_TRUE(run.settle());
    run.fault(fault);
    run.post(1);
    ASSERT_TRUE(run.settle());
    run.post(100);
    run.check({.duplicates = true});
    EXPECT_GE(run.fake().stats().connections, 2U) << fault;
  }
}

TEST_P(Answer, Case17TheDeadLetterHasTheServersMessage) {
  DirectRun run({.delivery = GetParam()});
  run.post(20, {13});
  run.check();
  const auto dead = run.dead_letters();
  ASSERT_EQ(dead.count(id_of(13)), 1U);
  EXPECT_THAT(dead.at(id_of(13)), HasSubstr("projects/p-test/datasets/d/tables/events/streams/"));
  if (run.exactly_once()) {
    EXPECT_THAT(dead.at(id_of(13)), HasSubstr("offset 10"));
  }
}

TEST_P(Answer, Case18SendsNoEmptyRequest) {
  DirectRun run({.delivery = GetParam()});
  run.post(10, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  run.check();
  for (const auto& request : run.fake().requests()) EXPECT_GT(request.rows, 0U);
}

TEST_P(Answer, Case23ReceivesAnAnswerOfSixMegabytes) {
  DirectRun run({.delivery = GetParam()});
  run.fault(R"({"fault":"row_errors","rows":[3],"text_bytes":6000000,"nth":2})");
  run.post(100, {13});
  run.check();
  EXPECT_EQ(run.sink_stats().failures, 0U);
  EXPECT_LT(run.dead_letters().at(id_of(13)).size(), 3'000U);
}

TEST_P(Answer, Case24BisectsDownToTheRowsThatAreRefusedAlone) {
  RunOptions options{.delivery = GetParam()};
  one_at_a_time(options);
  DirectRun run(options);
  // Batch 3 (20 to 29), its first half, of that the first two rows, then each of these. The others
  // are stored by requests 8 and 9, and then these two are tried again, together and alone.
  run.fault(R"({"fault":"invalid","nth":3,"times":5})");
  run.fault(R"({"fault":"invalid","nth":5,"times":3})");  // 1, 2, 8, 9, and then.
  run.post(100);
  run.check({.rejected_good = true});
  const auto dead = run.dead_letters();
  EXPECT_EQ(dead.size(), 2U);
  EXPECT_EQ(dead.count(id_of(20)) + dead.count(id_of(21)), 2U);
}

TEST_P(Answer, Case24TriesARowOnceMoreThatWasRefusedAlone) {
  RunOptions options{.delivery = GetParam()};
  one_at_a_time(options);
  DirectRun run(options);
  run.fault(R"({"fault":"invalid","nth":3,"times":5})");
  run.post(100);
  run.check({.reordered = true});
}

TEST_P(Answer, Case24HoldsRowsWhenAllAreRefusedWithoutAName) {
  DirectRun run({.delivery = GetParam(), .settings = [](auto& s) { s.window_requests = 1; }});
  run.fault(R"({"fault":"invalid","times":0})");
  run.post(30);
  ASSERT_TRUE(eventually([&] { return run.stats().retries >= 3; }));
  EXPECT_FALSE(run.stats().ready);
  EXPECT_THAT(run.stats().trouble, HasSubstr("BigQuery refuses rows without naming them"));
  EXPECT_EQ(run.stats().accounting.dead_lettered, 0U);
  run.fake().clear_faults();
  run.check({.reordered = true});  // The faults may end between the rows of a batch.
}

TEST_P(Answer, Case25ARowTooLargeForAnyRequestIsADeadLetterAndNeverSent) {
  DirectRun run({.delivery = GetParam(),
                 .padding = std::string(3'000, 'x'),
                 .settings = [](auto& s) { s.request_bytes_max = 2'500; }});
  run.post(10);
  ASSERT_TRUE(run.settle());
  EXPECT_EQ(run.fake().stats().requests, 0U);
  const auto dead = run.dead_letters();
  EXPECT_EQ(dead.size(), 10U);
  EXPECT_THAT(dead.at(id_of(0)), HasSubstr("bytes"));
}

}  // namespace
}  // namespace rs::direct
