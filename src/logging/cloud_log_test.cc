#include "logging/cloud_log.h"

#include <cstdio>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/logging/fake_logging.h"

namespace rs::logging {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr seconds kPatience{20};

class CloudLogTest : public ::testing::Test {
 protected:
  CloudLogTest() {
    settings_.project = "shop-1";
    settings_.channel.endpoint = fake_.address();
    settings_.channel.plaintext = true;
    settings_.linger = milliseconds(1);
    settings_.pause_first = settings_.pause_longest = milliseconds(1);
  }

  CloudLog& log() {
    if (!log_) log_ = std::make_unique<CloudLog>(settings_, nullptr);
    return *log_;
  }
  void take(const std::string& message, obs::Level level = obs::Level::kInfo) {
    log().take({level, {"/x/src/app/serve.cc", "serve", 7}, 1'700'000'000'123'456, message});
  }
  void finish() { log().stop(Clock::now() + kPatience); }

  fakes::FakeLogging fake_;
  CloudLogSettings settings_;
  std::unique_ptr<CloudLog> log_;
};

grpc::Status away(grpc::ServerContext&) {
  return {grpc::StatusCode::UNAVAILABLE, "away"};
}

TEST_F(CloudLogTest, WritesRecordsInTheirOrder) {
  settings_.batch_records = 7;
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) take(expected.emplace_back(std::to_string(i)));
  finish();
  EXPECT_EQ(fake_.texts(), expected);
  for (const auto& request : fake_.taken()) EXPECT_LE(request.entries_size(), 7);
  EXPECT_EQ(log().stats().written, 50u);
  EXPECT_EQ(log().stats().held, 0u);
}

TEST_F(CloudLogTest, GathersABatchWhileItLingers) {
  settings_.linger = kPatience;
  settings_.batch_records = 10;
  for (int i = 0; i < 10; ++i) take("x");
  ASSERT_TRUE(fake_.wait_for_calls(1));
  EXPECT_EQ(fake_.sent().at(0).entries_size(), 10);
  finish();
}

TEST_F(CloudLogTest, NamesSeverityTimeSourceLogResourceAndLabels) {
  settings_.labels = {{"host", "web-1"}};
  const std::vector<std::pair<obs::Level, ::google::logging::type::LogSeverity>> severities = {
      {obs::Level::kDebug, ::google::logging::type::DEBUG},
      {obs::Level::kInfo, ::google::logging::type::INFO},
      {obs::Level::kWarning, ::google::logging::type::WARNING},
      {obs::Level::kError, ::google::logging::type::ERROR}};
  for (const auto& [level, severity] : severities) take("m", level);
  finish();
  std::size_t index = 0;
  for (const auto& request : fake_.taken()) {
    EXPECT_EQ(request.log_name(), "projects/shop-1/logs/real-streaming");
    EXPECT_EQ(request.resource().type(), "global");
    EXPECT_EQ(request.resource().labels().at("project_id"), "shop-1");
    EXPECT_EQ(request.labels().at("host"), "web-1");
    for (const auto& entry : request.entries()) {
      EXPECT_EQ(entry.severity(), severities.at(index++).second);
      EXPECT_EQ(entry.timestamp().seconds(), 1'700'000'000);
      EXPECT_EQ(entry.timestamp().nanos(), 123'456'000);
      EXPECT_EQ(entry.source_location().file(), "src/app/serve.cc");
      EXPECT_EQ(entry.source_location().line(), 7);
      EXPECT_EQ(entry.source_location().function(), "serve");
    }
  }
  EXPECT_EQ(index, severities.size());
}

TEST_F(CloudLogTest, NamesRequestAndTrace) {
  const obs::RequestLine request{.method = "POST",
                                 .path = "/a\xff",
                                 .trace = "0123456789abcdef0123456789abcdef/255;o=1",
                                 .status = 422};
  log().take({obs::Level::kWarning, {"/src/a.cc", "f", 1}, 0, {}, &request});
  finish();
  const auto entry = fake_.taken().at(0).entries(0);
  EXPECT_EQ(entry.http_request().request_method(), "POST");
  EXPECT_EQ(entry.http_request().request_url(), "/a?");
  EXPECT_EQ(entry.http_request().status(), 422);
  EXPECT_EQ(entry.trace(), "projects/shop-1/traces/0123456789abcdef0123456789abcdef");
  EXPECT_EQ(entry.span_id(), "00000000000000ff");
  EXPECT_TRUE(entry.trace_sampled());
}

TEST_F(CloudLogTest, SendsABatchAgainUnderTheSameIds) {
  fake_.answer_with({away, away});
  take("a");
  take("b");
  finish();
  EXPECT_THAT(fake_.texts(), ElementsAre("a", "b"));
  std::set<std::string> ids;
  for (const auto& request : fake_.sent()) {
    for (const auto& entry : request.entries()) ids.insert(entry.insert_id());
  }
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_EQ(log().stats().failures, 2u);
  EXPECT_EQ(log().stats().dropped, 0u);
}

TEST_F(CloudLogTest, DropsAndCountsWhatHasNoRoomAndSaysSo) {
  settings_.held_records = 3;
  settings_.batch_records = 1;
  std::promise<void> open;
  auto opened = open.get_future().share();
  fake_.answer_with({[opened](grpc::ServerContext&) {
    opened.wait();
    return grpc::Status::OK;
  }});
  const auto dropped_before = obs::log_lines_dropped();
  take("first");
  ASSERT_TRUE(fake_.wait_for_calls(1));  // It has left the queue, and blocks the thread.
  for (const char* text : {"a", "b", "c", "lost", "lost too"}) take(text);
  EXPECT_EQ(log().stats().dropped, 2u);
  EXPECT_EQ(obs::log_lines_dropped() - dropped_before, 2u);
  open.set_value();
  finish();
  EXPECT_THAT(fake_.texts(),
              ElementsAre("first", "a", "b", "c", HasSubstr("2 log records were dropped")));
}

TEST_F(CloudLogTest, BoundsWhatItHoldsInBytes) {
  settings_.held_bytes = 5'000;
  settings_.linger = kPatience;
  for (int i = 0; i < 4; ++i) take(std::string(2'000, 'x'));
  EXPECT_EQ(log().stats().held, 2u);
  EXPECT_EQ(log().stats().dropped, 2u);
  finish();
}

TEST_F(CloudLogTest, DropsABatchThatTheServiceWillNeverTake) {
  settings_.batch_records = 1;
  fake_.answer_with({[](grpc::ServerContext&) {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no");
  }});
  take("bad");
  ASSERT_TRUE(fake_.wait_for_calls(1));
  take("good");
  finish();
  EXPECT_THAT(fake_.texts(), ElementsAre("good", HasSubstr("1 log records were dropped")));
  EXPECT_EQ(log().stats().dropped, 1u);
}

TEST_F(CloudLogTest, GivesUpAtTheLimit) {
  fake_.answer_with({1'000, [](grpc::ServerContext& context) {
                       while (!context.IsCancelled()) std::this_thread::yield();
                       return grpc::Status(grpc::StatusCode::CANCELLED, "");
                     }});
  take("a");
  ASSERT_TRUE(fake_.wait_for_calls(1));
  take("b");
  log().stop(Clock::now());
  EXPECT_EQ(log().stats().dropped, 2u);
  EXPECT_EQ(log().stats().written, 0u);
}

TEST_F(CloudLogTest, TakesWhatTheProgramLogs) {
  std::FILE* out = std::tmpfile();
  obs::log_to(out, obs::LogFormat::kReadable, obs::Level::kInfo);
  obs::log_through(&log(), obs::Level::kWarning);
  RS_LOG(kInfo, "for the service");
  RS_LOG(kError, "for both");
  obs::log_through(nullptr);
  RS_LOG(kInfo, "for the file");
  finish();
  EXPECT_THAT(fake_.texts(), ElementsAre("for the service", "for both"));
  EXPECT_TRUE(obs::log_flush(Clock::now() + kPatience));
  std::rewind(out);
  std::string printed(10'000, '\0');
  printed.resize(std::fread(printed.data(), 1, printed.size(), out));
  EXPECT_EQ(printed.find("for the service"), std::string::npos);
  EXPECT_THAT(printed, HasSubstr("for both"));
  EXPECT_THAT(printed, HasSubstr("for the file"));
  obs::log_to(stdout, obs::LogFormat::kReadable, obs::Level::kError);
  std::fclose(out);
}

}  // namespace
}  // namespace rs::logging
