// Exactly once, when the stream does not do as it should: bigquery.md section 7, cases 27 to 34.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "direct/direct_run.h"

namespace rs::direct {
namespace {

struct OffsetCase {
  std::string name;
  std::string fault;
  bool repeats = false;           // The stream cannot be trusted, so rows may be there twice.
  std::size_t streams_least = 1;  // Made, the first included.
};

const std::vector<OffsetCase>& cases() {
  static const std::vector<OffsetCase> all = {
      {"Case27AResultForAnotherOffset", R"({"fault":"offset","nth":5})", true, 2},
      {"Case28StoredWithoutAnAnswer", R"({"fault":"reset","apply":true,"nth":5,"times":3})"},
      {"Case29TheOffsetIsTakenInsideTheBatch",
       R"({"action":"error","code":6,"storage_error":8,"nth":5,"message":"The offset is within )"
       R"(stream, expected offset 45, received 40"})",
       true, 2},
      {"Case30AnEarlierRequestFailed", R"({"fault":"busy","nth":5,"times":2})"},
      {"Case31TheStreamHasLostRows",
       R"({"action":"error","code":11,"storage_error":9,"nth":9,"message":"The offset is beyond )"
       R"(stream, expected offset 5, received 80"})",
       true, 2},
      {"Case32TheStreamIsFinalised", R"({"fault":"finalized","nth":5})", false, 2},
      {"Case32TheStreamIsLost", R"({"fault":"stream_lost","nth":5})", false, 2},
      {"Case34SomebodyElseWroteToTheStream",
       R"({"action":"error","code":6,"storage_error":8,"nth":5,"message":"The offset is within )"
       R"(stream, expected offset 1000, received 40"})",
       true, 2},
  };
  return all;
}

class Offsets : public testing::TestWithParam<OffsetCase> {};
INSTANTIATE_TEST_SUITE_P(Each, Offsets, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

TEST_P(Offsets, LoseNoRowAndStoreNoneTwiceUnlessTheStreamBreaksItsWord) {
  const auto& given = GetParam();
  DirectRun run({.delivery = BigQueryDelivery::kExactlyOnce});
  run.fault(given.fault);
  run.post(200);
  ASSERT_TRUE(run.settle());
  run.post(100);
  run.check({.repeats = given.repeats});
  EXPECT_GE(run.fake().streams().size(), given.streams_least);
}

TEST(ExactlyOnce, Case28TakesAlreadyExistsForStored) {
  DirectRun run({.delivery = BigQueryDelivery::kExactlyOnce});
  run.fault(R"({"fault":"unavailable","apply":true,"nth":5})");
  run.post(200);
  ASSERT_TRUE(run.settle());
  EXPECT_GE(run.sink_stats().known_already, 1U);
  run.check();
}

TEST(ExactlyOnce, MakesOneStreamAndEndsItWhenItCloses) {
  DirectRun run({.delivery = BigQueryDelivery::kExactlyOnce});
  run.post(200);
  run.check();
  EXPECT_EQ(run.fake().streams().size(), 1U);
  for (const auto& request : run.fake().requests()) {
    EXPECT_EQ(request.stream, run.fake().streams().front());
    EXPECT_GE(request.offset, 0);
  }
}

TEST(ExactlyOnce, WaitsForAStreamThatCannotBeMadeYet) {
  DirectRun run({.delivery = BigQueryDelivery::kExactlyOnce, .start = false});
  run.fault(R"({"fault":"denied","place":"create","times":2})");
  ASSERT_TRUE(run.start());
  run.post(50);
  run.check();
}

}  // namespace
}  // namespace rs::direct
