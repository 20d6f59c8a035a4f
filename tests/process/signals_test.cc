// Every signal that a server meets: none ends it without its rows.

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "process/black_hole.h"
#include "process/client.h"
#include "process/program.h"

namespace rs::process {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kPath = "/api/v1/streaming/1";
constexpr const char* kEvent = R"({"event_name":"page_view"})";
constexpr int kRows = 50;

// A server whose destination says nothing: rows it has promised are dead letters when it has ended
// in order, and nowhere otherwise.
class Signals : public testing::Test {
 protected:
  void take_rows() {
    ASSERT_EQ(wait_for_status(port_, "/healthz", 200).status, 200) << server_.output();
    for (int i = 0; i < kRows; ++i) ASSERT_EQ(post(port_, kPath, kEvent).status, 200);
  }
  void wait_for_output(const std::string& text) {
    for (int i = 0; i < 1'000 && server_.output().find(text) == std::string::npos; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    EXPECT_THAT(server_.output(), HasSubstr(text));
  }

  BlackHole hole_;
  const std::uint16_t port_ = free_port();
  Program server_{
      "serve",
      {"WRITERS__STRATEGY=direct", "WRITERS__PROJECT_ID=p-1", "WRITERS__BQ__DATASET_ID=d",
       "WRITERS__BQ__TABLE_ID=t", "BIGQUERY_EMULATOR_HOST=" + hole_.address(),
       "BIGQUERY_STORAGE_EMULATOR_HOST=" + hole_.address(), "WRITERS__ACK=received",
       "RUN__SHUTDOWN_SECONDS=2", "RUN__THREADS=1", "RUN__HOST=127.0.0.1",
       "RUN__PORT=" + std::to_string(port_), "ENVIRONMENT=production"}};
};

class StopSignal : public Signals, public testing::WithParamInterface<int> {};

TEST_P(StopSignal, KeepsEveryPromisedRow) {
  server_.start();
  take_rows();
  server_.signal(GetParam());
  EXPECT_EQ(server_.wait(), 0) << server_.output();
  EXPECT_EQ(server_.dead_letters(), kRows + 0u) << server_.output();
}

INSTANTIATE_TEST_SUITE_P(Each, StopSignal,
                         testing::Values(SIGTERM, SIGINT, SIGQUIT, SIGPWR, SIGXCPU),
                         [](const auto& signal) {
                           return "SIG" + std::string(sigabbrev_np(signal.param));
                         });

TEST_F(Signals, OthersDoNotEndTheServer) {
  server_.start();
  take_rows();
  for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN}) {
    server_.signal(number);
  }
  wait_for_output("SIGHUP: there is nothing to re-read");
  wait_for_output("SIGUSR1 has no meaning here");
  EXPECT_EQ(post(port_, kPath, kEvent).status, 200);
  EXPECT_EQ(server_.finish(), 0) << server_.output();
  EXPECT_EQ(server_.dead_letters(), kRows + 1u);
}

TEST_F(Signals, AClosedTerminalStopsTheServerInOrder) {
  Descriptor terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(::grantpt(terminal.get()), 0);
  ASSERT_EQ(::unlockpt(terminal.get()), 0);
  server_.start_on_terminal(::ptsname(terminal.get()));
  take_rows();
  terminal.reset();
  EXPECT_EQ(server_.wait(), 0) << server_.output();
  EXPECT_THAT(server_.output(), HasSubstr("SIGHUP, the terminal was closed"));
  EXPECT_EQ(server_.dead_letters(), kRows + 0u) << server_.output();
}

// Ctrl-C reaches the server directly and through the shell or supervisor that started it.
TEST_F(Signals, ASecondSignalRightAfterTheFirstIsTheSameOne) {
  server_.start();
  take_rows();
  server_.signal(SIGINT);
  server_.signal(SIGTERM);
  server_.signal(SIGINT);
  EXPECT_EQ(server_.wait(), 0) << server_.output();
  EXPECT_EQ(server_.dead_letters(), kRows + 0u);
}

TEST_F(Signals, ASecondSignalLaterEndsTheServerAtOnce) {
  server_.start();
  take_rows();
  server_.signal(SIGTERM);
  wait_for_output("SIGTERM: finishing what is in progress");
  std::this_thread::sleep_for(1'100ms);
  server_.signal(SIGTERM);
  EXPECT_EQ(server_.wait(), 128 + SIGTERM) << server_.output();
}

// RLIMIT_FSIZE raises SIGXFSZ, which ends a process that does not ignore it.
TEST(FileSizeLimit, IsADiskThatTakesNoRows) {
  const auto port = free_port();
  Program server("serve", {"WRITERS__STRATEGY=discard", "WRITERS__ACK=spooled", "RUN__THREADS=1",
                           "RUN__HOST=127.0.0.1", "RUN__PORT=" + std::to_string(port)});
  server.start();
  ASSERT_EQ(wait_for_status(port, "/healthz", 200).status, 200) << server.output();
  const rlimit limit{1'000, 1'000};
  ASSERT_EQ(::prlimit(server.process(), RLIMIT_FSIZE, &limit, nullptr), 0);
  const std::string large(100'000, 'x');
  const auto answer = post(port, kPath, R"({"event_name":"e","user_id":")" + large + "\"}");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(get(port, "/healthz").status, 200);
  EXPECT_EQ(server.finish(), 0) << server.output();
}

}  // namespace
}  // namespace rs::process
