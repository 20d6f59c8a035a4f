#include "sink/memory_sink.h"

#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/sink_fixture.h"

namespace rs::sink {
namespace {

TEST(MemorySink, KeepsABatchWaitingWhilePaused) {
  MemorySink sink;
  sink.pause();
  const row::Batch batch = batch_of({"a", "b"});
  bool done = false;
  sink.write(batch, [&](const WriteResult& result) { done = result.has_value(); });
  EXPECT_FALSE(done);
  EXPECT_EQ(sink.waiting(), 1U);
  sink.resume();
  EXPECT_TRUE(done);
  EXPECT_THAT(sink.rows(), testing::ElementsAre("a", "b"));
}

TEST(MemorySink, GivesUpWhatWaitsWhenItCloses) {
  MemorySink sink;
  sink.pause();
  const row::Batch batch = batch_of({"a"});
  WriteResult result;
  sink.write(batch, [&](WriteResult given) { result = std::move(given); });
  sink.close();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().retryable());
  EXPECT_TRUE(sink.rows().empty());
}

TEST(MemorySink, FailsAsOftenAsItWasTold) {
  MemorySink sink;
  sink.fail_writes(2, {ErrorCode::kUnavailable, "down"});
  EXPECT_FALSE(write_rows(sink, {"a"}));
  EXPECT_FALSE(write_rows(sink, {"a"}));
  EXPECT_TRUE(write_rows(sink, {"a"}));
  EXPECT_EQ(sink.writes(), 3U);
  EXPECT_EQ(sink.rows().size(), 1U);
}

TEST(MemorySink, FailsToOpenWhenTold) {
  MemorySink sink;
  sink.fail_open(Error{ErrorCode::kRefused, "no such table"});
  EXPECT_FALSE(sink.open());
  sink.fail_open(std::nullopt);
  EXPECT_TRUE(sink.open());
}

}  // namespace
}  // namespace rs::sink
