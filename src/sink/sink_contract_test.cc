// What every sink promises (sink/sink.h), held against each of them.
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/discard_sink.h"
#include "sink/local_test.h"
#include "sink/memory_sink.h"
#include "sink/pubsub_test.h"

namespace rs::sink {
namespace {

struct Candidate {
  std::string name;
  std::function<std::unique_ptr<Sink>(const std::string& folder)> make;
  bool rejects;  // Knows a bad row when it sees one.
  // Rows stored so far.
  std::function<std::size_t(Sink&)> count;
};

std::ostream& operator<<(std::ostream& out, const Candidate& candidate) {
  return out << candidate.name;
}

std::size_t count_in_file(Sink& sink) {
  auto& store = static_cast<LocalSink&>(sink).store();
  const auto text = ask(store, "SELECT count(*) FROM events", QueryFormat::kCsv);
  return std::stoul(text.substr(text.find('\n') + 1));
}

// With the service that it writes to.
class FakedPubSub final : public Sink {
 public:
  FakedPubSub() { fake_->create_topic(kTopic); }
  std::string_view name() const override { return sink_.name(); }
  std::size_t window() const override { return sink_.window(); }
  Result<void> open() override { return sink_.open(); }
  void write(const row::Batch& batch, WriteDone done) override {
    sink_.write(batch, std::move(done));
  }
  void close() override { sink_.close(); }
  [[nodiscard]] std::size_t rows() const { return fake_->messages_taken(); }

 private:
  std::unique_ptr<fakes::FakePubSub> fake_ = fakes::FakePubSub::start();
  PubSubSink sink_{{.project = "p", .topic = "t", .emulator = fake_->address()}, {}};
};

std::vector<Candidate> candidates() {
  return {
      {"local", [](const auto& folder) { return std::make_unique<LocalSink>(folder); }, true,
       count_in_file},
      {"memory",
       [](const auto&) {
         auto sink = std::make_unique<MemorySink>();
         sink->reject([](std::string_view row) -> std::optional<std::string> {
           if (row == "\xff") return "bad";
           return std::nullopt;
         });
         return sink;
       },
       true, [](Sink& sink) { return static_cast<MemorySink&>(sink).rows().size(); }},
      {"pubsub", [](const auto&) { return std::make_unique<FakedPubSub>(); }, true,
       [](Sink& sink) { return static_cast<FakedPubSub&>(sink).rows(); }},
      {"discard", [](const auto&) { return std::make_unique<DiscardSink>(); }, false,
       [](Sink& sink) { return std::size_t{static_cast<DiscardSink&>(sink).rows()}; }},
  };
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

INSTANTIATE_TEST_SUITE_P(Each, SinkContract, testing::ValuesIn(candidates()),
                         [](const auto& candidate) { return candidate.param.name; });

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
