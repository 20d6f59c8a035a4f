#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commands/command_fixture.h"
#include "http/server.h"
#include "pages/health.h"

namespace rs::commands {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Alive, and without a destination.
class Unready final : public http::Handler {
 public:
  http::Answer handle(const http::Request& request, const Promise&,
                      http::Response& response) override {
    if (request.path == "/readyz") {
      pages::fill_readiness({{"sink local: disk full"}}, response);
    } else {
      pages::fill_health(response);
    }
    return http::Answer::kNow;
  }
  void settle(rs::Outcome, http::Response&) override {}
  void refuse(http::Refusal, const http::Request&, http::Response&) override {}
};

TEST(Healthcheck, SaysWhatTheServerAnswers) {
  http::ServerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = 0;
  settings.threads = 1;
  auto server = http::Server::listen(settings);
  ASSERT_TRUE(server.has_value());
  (*server)->run([](unsigned, Mailbox&) { return std::make_unique<Unready>(); });
  const auto port = "RUN__PORT=" + std::to_string((*server)->port());

  const Outcome alive = run_with({port}, {"healthcheck"});
  EXPECT_EQ(alive.code, kFine) << alive.error;
  EXPECT_EQ(alive.out, "{\"status\":\"ok\"}\n");
  const Outcome unready = run_with({port}, {"healthcheck", "--ready"});
  EXPECT_EQ(unready.code, kFailed);
  EXPECT_THAT(unready.out, HasSubstr("disk full"));

  (*server)->stop(std::chrono::steady_clock::now());
  (*server)->join();
  const Outcome gone = run_with({port}, {"healthcheck"});
  EXPECT_EQ(gone.code, kFailed);
  EXPECT_THAT(gone.out, IsEmpty());
  EXPECT_THAT(gone.error, HasSubstr("no server at 127.0.0.1"));
}

TEST(Healthcheck, CannotFindAPortThatNobodyKnows) {
  const Outcome outcome = run_with({"RUN__PORT=0"}, {"healthcheck"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.error, HasSubstr("RUN__PORT is 0"));
}

}  // namespace
}  // namespace rs::commands
