#pragma once
// What every sink promises (sink/sink.h), as tests that each sink's folder instantiates:
//   INSTANTIATE_TEST_SUITE_P(Local, SinkContract, testing::Values(Candidate{...}), name_of);

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/sink_fixture.h"

namespace rs::sink {

struct Candidate {
  std::string name;
  std::function<std::unique_ptr<Sink>(const std::string& folder)> make;
  bool rejects;                             // Recognises a bad row.
  std::function<std::size_t(Sink&)> count;  // Rows stored so far.
};

inline std::ostream& operator<<(std::ostream& out, const Candidate& candidate) {
  return out << candidate.name;
}

inline std::string name_of(const testing::TestParamInfo<Candidate>& candidate) {
  return candidate.param.name;
}

class SinkContract : public testing::TestWithParam<Candidate> {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Sink> sink_ = GetParam().make(folder_.path());
  std::size_t count() { return GetParam().count(*sink_); }
};

TEST_P(SinkContract, HasAWindowOfAtLeastOneBatch) {
  EXPECT_GE(sink_->window(), 1U);
}

TEST_P(SinkContract, MayBeOpenedTwice) {
  ASSERT_TRUE(sink_->open());
  ASSERT_TRUE(sink_->open());
  EXPECT_TRUE(write_rows(*sink_, {encoded({.event_name = "a"})}));
  EXPECT_EQ(count(), 1U);
}

TEST_P(SinkContract, TakesAnEmptyBatch) {
  ASSERT_TRUE(sink_->open());
  const auto result = write_rows(*sink_, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->empty());
  EXPECT_EQ(count(), 0U);
}

TEST_P(SinkContract, StoresARowWithoutAnyField) {
  ASSERT_TRUE(sink_->open());
  ASSERT_TRUE(write_rows(*sink_, {""}));
  EXPECT_EQ(count(), 1U);
}

TEST_P(SinkContract, RejectsABadRowAndStoresTheOthers) {
  if (!GetParam().rejects) GTEST_SKIP() << "takes anything";
  ASSERT_TRUE(sink_->open());
  const auto good = encoded({.event_name = "a"});
  const auto result = write_rows(*sink_, {good, "\xff", good, "\xff"});
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->size(), 2U);
  EXPECT_EQ((*result)[0].index, 1U);
  EXPECT_EQ((*result)[1].index, 3U);
  EXPECT_NE((*result)[0].reason, "");
  EXPECT_EQ(count(), 2U);
}

TEST_P(SinkContract, MayBeClosedWithoutBeingOpenedAndTwice) {
  sink_->close();
  ASSERT_TRUE(sink_->open());
  sink_->close();
  sink_->close();
}

}  // namespace rs::sink
