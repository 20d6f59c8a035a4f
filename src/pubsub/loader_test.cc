// Messages to rows and back to acknowledgements, with Delivery between.
#include "pubsub/loader.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/text.h"
#include "pubsub/load_fixture.h"
#include "row/decode.h"
#include "sink/memory_sink.h"

namespace rs::pubsub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LoaderTest : public LoadTest {
 protected:
  ~LoaderTest() override {
    end();
    std::filesystem::remove_all(folder_);
  }

  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "load_XXXXXX";
    return mkdtemp(name.data());
  }

  void start(delivery::BatchLimits limits = {}) {
    delivery_.emplace(sink_, letters_, limits, delivery::RetryLimits{.first = 1ms, .longest = 2ms});
    delivery_->start();
    subscriber().start();
    loader_.emplace(subscriber(), *delivery_, letters_, kPath);
    thread_ = std::thread([this] { loader_->run(); });
  }
  // As the command does it.
  void end(std::chrono::milliseconds limit = 20s) {
    if (!thread_.joinable()) return;
    subscriber().stop();
    thread_.join();
    delivery_->stop(Clock::now() + limit);
    subscriber().close(Clock::now() + limit);
  }

  std::vector<std::string> rows() const {
    std::vector<std::string> out;
    for (const auto& row : sink_.rows()) {
      std::string json;
      EXPECT_TRUE(row::append_json(json, row));
      out.push_back(json);
    }
    return out;
  }
  std::vector<delivery::KeptLetter> letters() const {
    std::vector<delivery::KeptLetter> out;
    letters_.read({.letter = [&](const auto& letter) { out.push_back(letter); },
                   .damaged = [](const auto& line) { ADD_FAILURE() << line.text(); }});
    return out;
  }

  const std::filesystem::path folder_ = new_folder();
  sink::MemorySink sink_;
  spool::RealDisk disk_;
  delivery::DeadLetters letters_{disk_, folder_ / "dead-letters"};
  std::optional<delivery::Delivery> delivery_;
  std::optional<Loader> loader_;
  std::thread thread_;
};

TEST_F(LoaderTest, StoresARowWithWhatPubSubKnowsOfIt) {
  fake_->publish(R"({"event_name":"a","event_id":"e"})", {{"event_id", "e"}, {"q", "\""}}, "key");
  start();
  EXPECT_TRUE(fake_->wait_until_acknowledged(1, 20s));
  EXPECT_THAT(rows(),
              ElementsAre(R"({"event_name":"a","event_id":"e",)"
                          R"("subscription_name":"projects/p/subscriptions/s",)"
                          R"("message_id":"1","publish_time":"2026-01-15T10:30:45.123456Z",)"
                          R"("attributes":{"event_id":"e","q":"\"","ordering_key":"key"}})"));
}

TEST_F(LoaderTest, AcknowledgesOnlyWhatIsStored) {
  sink_.pause();
  for (int i = 0; i < 20; ++i) fake_->publish(R"({"event_name":"a"})");
  start();
  ASSERT_TRUE(
      eventually([&] { return subscriber().stats().received == 20 && sink_.waiting() > 0; }));
  EXPECT_EQ(fake_->acknowledged(), 0U);
  sink_.fail_writes(3, {ErrorCode::kUnavailable, "down"});
  sink_.resume();
  EXPECT_TRUE(fake_->wait_until_acknowledged(20, 20s));
  EXPECT_EQ(rows().size(), 20U);
  EXPECT_EQ(loader_->stats().stored, 20U);
}

TEST_F(LoaderTest, KeepsWhatIsNoRowAndAcknowledgesIt) {
  fake_->publish("{\"event_name\":", {{"k", "v"}});
  fake_->publish(R"({"event_name":"good"})");
  fake_->publish(R"({"event_params":[{"key":7}]})");
  start();
  EXPECT_TRUE(fake_->wait_until_acknowledged(3, 20s));
  EXPECT_EQ(rows().size(), 1U);
  const auto kept = letters();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].sink, "load");
  EXPECT_THAT(kept[0].reason, HasSubstr("the message is no row: it is no JSON"));
  EXPECT_EQ(kept[0].row, "null");
  EXPECT_EQ(kept[0].message,
            R"({"subscription":"projects/p/subscriptions/s","messageId":"1",)"
            R"("publishTime":"2026-01-15T10:30:45.123456Z","attributes":{"k":"v"},)"
            R"("data":"eyJldmVudF9uYW1lIjo="})");
  EXPECT_EQ(kept[1].reason, "the message is no row: event_params[0].key is no text");
  EXPECT_EQ(loader_->stats().not_rows, 2U);
}

TEST_F(LoaderTest, AcknowledgesARowThatTheDestinationRefuses) {
  sink_.reject([](std::string_view row) -> std::optional<std::string> {
    if (row.find("bad") == std::string_view::npos) return std::nullopt;
    return "no such thing";
  });
  fake_->publish(R"({"event_name":"bad"})");
  fake_->publish(R"({"event_name":"good"})");
  start();
  EXPECT_TRUE(fake_->wait_until_acknowledged(2, 20s));
  const auto kept = letters();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].reason, "no such thing");
  EXPECT_THAT(kept[0].row,
              AllOf(HasSubstr(R"("event_name":"bad")"), HasSubstr(R"("message_id":"1")")));
  EXPECT_EQ(loader_->stats().rejected, 1U);
  EXPECT_EQ(loader_->stats().stored, 1U);
}

TEST_F(LoaderTest, WaitsForRoomWhenDeliveryIsFull) {
  for (int i = 0; i < 500; ++i) fake_->publish(R"({"event_name":"a"})");
  start({.batch_rows = 5, .held_rows = 10});
  EXPECT_TRUE(fake_->wait_until_acknowledged(500, 20s));
  EXPECT_EQ(rows().size(), 500U);
}

TEST_F(LoaderTest, WritesWhatItHoldsBeforeItEnds) {
  sink_.pause();
  for (int i = 0; i < 100; ++i) fake_->publish(R"({"event_name":"a"})");
  start();
  ASSERT_TRUE(eventually([&] { return delivery_->stats().accounting.held == 100; }));
  std::thread later([this] {
    EXPECT_TRUE(eventually([&] { return subscriber().stopping(); }));
    sink_.resume();
  });
  end();
  later.join();
  EXPECT_EQ(rows().size(), 100U);
  EXPECT_EQ(fake_->acknowledged(), 100U);
}

TEST_F(LoaderTest, GivesBackWhatItCannotWriteBeforeItEnds) {
  sink_.fail_writes(1'000'000, {ErrorCode::kUnavailable, "down"});
  for (int i = 0; i < 100; ++i) fake_->publish(R"({"event_name":"a"})");
  start();
  ASSERT_TRUE(eventually([&] { return delivery_->stats().accounting.held == 100; }));
  end(100ms);
  EXPECT_EQ(fake_->acknowledged(), 0U);
  EXPECT_EQ(fake_->seen().returned, 100U);
  EXPECT_THAT(letters(), IsEmpty()) << "the subscription has them";
}

TEST_F(LoaderTest, StoresADeliveryThatComesAfterTheFirstIsForgotten) {
  fake_->publish(R"({"event_name":"a","event_id":"e"})");
  fake_->fail_acknowledgements(3);  // INVALID_ARGUMENT: the service did not hear, and never will.
  start();
  ASSERT_TRUE(eventually([&] { return subscriber().stats().unsettled == 1; }));
  fake_->fail_acknowledgements(0);
  fake_->expire_leases();
  EXPECT_TRUE(fake_->wait_until_acknowledged(1, 20s));
  const auto twice = rows();
  ASSERT_EQ(twice.size(), 2U);
  EXPECT_EQ(twice[0], twice[1]) << "so that they can be told for copies";
}

}  // namespace
}  // namespace rs::pubsub
