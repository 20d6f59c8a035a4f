// A destination that accepts connections and says nothing: the program listens at once, hears its
// signals at once, and keeps the rows it has promised.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/bigquery/fake_bigquery.h"
#include "process/black_hole.h"
#include "process/client.h"
#include "process/program.h"

namespace rs::process {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr const char* kPath = "/api/v1/streaming/1";
constexpr const char* kEvent = R"({"event_name":"page_view"})";

struct Destination {
  const char* name;
  const char* command;
  std::vector<std::string> environment;  // {} stands for the black hole.
};

const std::vector<std::string> kDirect = {"WRITERS__STRATEGY=direct", "WRITERS__PROJECT_ID=p-1",
                                          "WRITERS__BQ__DATASET_ID=d", "WRITERS__BQ__TABLE_ID=t"};

std::vector<std::string> with(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Destination> destinations() {
  const std::vector<std::string> emulators = {"BIGQUERY_EMULATOR_HOST={}",
                                              "BIGQUERY_STORAGE_EMULATOR_HOST={}"};
  const std::vector<std::string> pubsub = {"WRITERS__STRATEGY=pubsub", "WRITERS__PROJECT_ID=p-1",
                                           "WRITERS__PUBSUB__TOPIC_ID=topic"};
  return {
      {"direct", "serve", with(kDirect, emulators)},
      {"direct_once", "serve",
       with(with(kDirect, emulators), {"WRITERS__BQ__DELIVERY=exactly_once"})},
      {"pubsub", "serve", with(pubsub, {"PUBSUB_EMULATOR_HOST={}"})},
      {"metadata_server", "serve", with(kDirect, {"GCE_METADATA_HOST={}"})},
      {"token_server", "serve", with(pubsub, {"GOOGLE_APPLICATION_CREDENTIALS=KEY"})},
      {"proxy", "serve", with(kDirect, {"GOOGLE_APPLICATION_CREDENTIALS=KEY"})},
      {"load_direct", "load",
       with(with(kDirect, emulators),
            {"PUBSUB_EMULATOR_HOST={}", "WRITERS__PUBSUB__SUBSCRIPTION_ID=sub"})},
      {"load_token_server",
       "load",
       {"WRITERS__STRATEGY=local", "WRITERS__PROJECT_ID=p-1",
        "WRITERS__PUBSUB__SUBSCRIPTION_ID=sub", "GOOGLE_APPLICATION_CREDENTIALS=KEY"}},
  };
}

class SilentDestination : public testing::TestWithParam<Destination> {
 protected:
  SilentDestination() {
    std::string name = testing::TempDir() + "silent_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    // Of `gcloud auth application-default login`, with a token server that says nothing.
    std::ofstream(folder_ / "key.json") << fmt::format(
        R"({{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r",)"
        R"("token_uri":"http://{}/token"}})",
        hole_.address());
  }
  ~SilentDestination() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::vector<std::string> environment(const char* acknowledge) const {
    std::vector<std::string> out = {"RUN__HOST=127.0.0.1",
                                    "RUN__THREADS=1",
                                    "ENVIRONMENT=production",
                                    "RUN__PORT=" + std::to_string(port_),
                                    std::string("WRITERS__ACK=") + acknowledge,
                                    "HOME=" + folder_.string()};
    for (auto value : GetParam().environment) {
      if (const auto at = value.find("{}"); at != std::string::npos) {
        value.replace(at, 2, hole_.address());
      }
      if (value.ends_with("=KEY")) value.replace(value.size() - 3, 3, folder_ / "key.json");
      out.push_back(value);
    }
    return out;
  }
  [[nodiscard]] bool serves() const { return std::string(GetParam().command) == "serve"; }

  BlackHole hole_;
  std::filesystem::path folder_;
  const std::uint16_t port_ = free_port();
};

TEST_P(SilentDestination, DoesNotKeepThePortClosedNorTheProgramFromItsEnd) {
  Program program(GetParam().command, environment("spooled"));
  const auto started = Clock::now();
  program.start();
  if (serves()) {
    ASSERT_EQ(wait_for_status(port_, "/healthz", 200).status, 200) << program.output();
    EXPECT_LT(Clock::now() - started, 10s);
    const auto ready = get(port_, "/readyz");
    EXPECT_EQ(ready.status, 503);
    EXPECT_THAT(ready.body, HasSubstr("it is being opened"));
    EXPECT_EQ(post(port_, kPath, kEvent).status, 200) << "the spool has it";
  } else {
    std::this_thread::sleep_for(500ms);  // Nothing can be seen of it: it waits.
  }
  const auto stopping = Clock::now();
  EXPECT_EQ(program.finish(), 0) << program.output();
  EXPECT_LT(Clock::now() - stopping, 5s) << program.output();
}

TEST_P(SilentDestination, CannotTakePromisedRowsAlong) {
  if (!serves()) GTEST_SKIP() << "its rows are the service's until they are stored";
  Program program(GetParam().command, with(environment("received"), {"RUN__SHUTDOWN_SECONDS=2"}));
  program.start();
  ASSERT_EQ(wait_for_status(port_, "/healthz", 200).status, 200) << program.output();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(post(port_, kPath, kEvent).status, 200);
  const auto stopping = Clock::now();
  EXPECT_EQ(program.finish(), 0) << program.output();
  EXPECT_LT(Clock::now() - stopping, 4s) << program.output();
  EXPECT_EQ(program.dead_letters(), 20u) << program.output();
}

INSTANTIATE_TEST_SUITE_P(Each, SilentDestination, testing::ValuesIn(destinations()),
                         [](const auto& destination) { return destination.param.name; });

// A destination that can never work stops the program soon after it has begun to listen.
TEST(RefusedDestination, StopsTheProgramAndTakesNoRowAlong) {
  const auto bigquery = *fakes::FakeBigQuery::start({});  // Without the dataset.
  for (const char* acknowledge : {"received", "spooled", "delivered"}) {
    Program server("serve",
                   with(kDirect, {"BIGQUERY_EMULATOR_HOST=" + bigquery->rest_address(),
                                  "BIGQUERY_STORAGE_EMULATOR_HOST=" + bigquery->grpc_address(),
                                  "RUN__HOST=127.0.0.1", "RUN__PORT=0", "RUN__THREADS=1",
                                  std::string("WRITERS__ACK=") + acknowledge}));
    const auto started = Clock::now();
    server.start();
    EXPECT_EQ(server.wait(), 1) << server.output();
    EXPECT_LT(Clock::now() - started, 10s);
    EXPECT_THAT(server.output(), HasSubstr("Not started: table p-1:d.t cannot be created"));
    EXPECT_THAT(server.output(), HasSubstr("bq --location=EU mk --dataset p-1:d"));
  }
}

}  // namespace
}  // namespace rs::process
