// LOGGING__TARGET=cloud through the whole program: its log is at the API, from its first line to
// its last.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/logging/fake_logging.h"
#include "fakes/pubsub/fake_subscription.h"
#include "process/program.h"

namespace rs::process {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> environment(const std::string& logging,
                                     const std::vector<std::string>& more) {
  std::vector<std::string> out = {"LOGGING_EMULATOR_HOST=" + logging, "LOGGING__TARGET=cloud",
                                  "WRITERS__PROJECT_ID=shop-1", "ENVIRONMENT=production"};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

const std::vector<std::string> kServer = {"WRITERS__STRATEGY=discard", "RUN__HOST=127.0.0.1",
                                          "RUN__PORT=0"};

TEST(CloudLogOfTheProgram, HasTheServersFirstLineAndItsLast) {
  fakes::FakeLogging logging;
  Program server("serve", environment(logging.address(), kServer));
  server.start();
  ASSERT_TRUE(logging.wait_for_text("Listening on 127.0.0.1:")) << server.output();
  EXPECT_EQ(server.finish(), 0) << server.output();
  EXPECT_THAT(logging.texts().back(), StartsWith("Stopped: 0 received"));
  for (const auto& request : logging.taken()) {
    EXPECT_EQ(request.log_name(), "projects/shop-1/logs/real-streaming");
    EXPECT_NE(request.labels().at("host"), "");
    EXPECT_NE(request.labels().at("version"), "");
  }
  EXPECT_THAT(server.output(), Not(HasSubstr("Listening"))) << "it is at the API already";
}

TEST(CloudLogOfTheProgram, HasThoseOfLoadToo) {
  fakes::FakeLogging logging;
  const auto subscription = fakes::FakeSubscription::start("projects/shop-1/subscriptions/rows");
  Program load("load",
               environment(logging.address(),
                           {"PUBSUB_EMULATOR_HOST=" + subscription->address(),
                            "WRITERS__PUBSUB__SUBSCRIPTION_ID=rows", "WRITERS__STRATEGY=local"}));
  load.start();
  ASSERT_TRUE(logging.wait_for_text("Loading projects/shop-1/subscriptions/rows")) << load.output();
  EXPECT_EQ(load.finish(), 0) << load.output();
  EXPECT_THAT(logging.texts(), Contains(StartsWith("Stopped: 0 messages received")));
}

TEST(CloudLogOfTheProgram, DoesNotHoldUpTheStopWhenTheServiceIsAway) {
  fakes::FakeLogging logging;
  const auto away = [](grpc::ServerContext&) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
  };
  logging.answer_with({1'000, away});
  Program server("serve", environment(logging.address(), kServer));
  server.start();
  ASSERT_TRUE(logging.wait_for_calls(1)) << server.output();
  EXPECT_EQ(server.finish(), 0) << server.output();
  EXPECT_TRUE(logging.taken().empty());
}

TEST(CloudLogOfTheProgram, NeedsCredentials) {
  Program server(
      "serve", {"LOGGING__TARGET=cloud", "WRITERS__PROJECT_ID=shop-1", "WRITERS__STRATEGY=discard",
                "RUN__PORT=0", "GOOGLE_APPLICATION_CREDENTIALS=/nowhere/key.json"});
  server.start();
  EXPECT_EQ(server.wait(), 1) << server.output();
  EXPECT_THAT(server.output(), HasSubstr("/nowhere/key.json"));
}

}  // namespace
}  // namespace rs::process
