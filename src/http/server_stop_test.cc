// What becomes of requests and connections when the server stops.

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/test_server.h"

namespace rs::http {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

const std::string kLater = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(Stop, ClosesIdleConnectionsAndTakesNoNewOnes) {
  TestServer server;
  Client client(server->port());
  EXPECT_EQ(client.ask(kGet).status, 200);
  server->stop(Clock::now() + std::chrono::seconds(10));
  server->join();
  EXPECT_TRUE(client.is_closed());
  EXPECT_FALSE(Client(server->port()).is_connected());
}

TEST(Stop, FinishesRequestsInProgress) {
  TestServer server;
  Client half(server->port()), waiting(server->port());
  half.send(kGet.substr(0, 10));
  waiting.send(kLater);
  const Promise promise = server.promises().take();
  ASSERT_TRUE(eventually([&] { return server->stats().bytes_in == 10 + kLater.size(); }));
  server->stop(Clock::now() + std::chrono::seconds(10));
  ASSERT_TRUE(eventually([&] { return !Client(server->port()).is_connected(); }));
  settle(promise, Outcome::kKept);
  half.send(kGet.substr(10));
  for (Client* client : {&half, &waiting}) {
    const Reply reply = client->read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.field("Connection"), "close");
    EXPECT_TRUE(client->is_closed());
    client->finish();
  }
  server->join();
}

TEST(Stop, AnswersWhatIsInTheSocketsAlready) {
  TestServer server;
  Client kept_alive(server->port()), holding(server->port());
  EXPECT_EQ(kept_alive.ask(kGet).status, 200);
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  // The thread that is held knows of none of these when it is stopped.
  Client fresh(server->port());
  kept_alive.send(kGet);
  fresh.send(kGet);
  server->stop(Clock::now() + std::chrono::seconds(10));
  server.promises().let_go();
  EXPECT_EQ(holding.read().status, 200);
  for (Client* client : {&kept_alive, &fresh}) {
    const Reply reply = client->read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.field("Connection"), "close");
    EXPECT_TRUE(client->is_closed());
    client->finish();
  }
  server->join();
}

TEST(Stop, EndsAtItsDeadline) {
  TestServer server;
  Client half(server->port()), waiting(server->port());
  half.send(kGet.substr(0, 10));
  waiting.send(kLater);
  server.promises().take();
  ASSERT_TRUE(eventually([&] { return server->stats().bytes_in == 10 + kLater.size(); }));
  const auto start = Clock::now();
  server->stop(start + milliseconds(50));
  server->join();
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(waiting.read().status, 503);
  EXPECT_EQ(half.read().status, 0);
}

// Every request that was handled is answered, and every answer says the truth about the connection.
TEST(Stop, DropsNothingUnderLoad) {
  ServerSettings settings = test_settings();
  settings.threads = 2;
  TestServer server(settings);
  constexpr int kClients = 8;
  std::atomic<std::uint64_t> answered{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        Client client(server->port());
        if (!client.is_connected()) return;
        for (;;) {
          const Reply reply = client.ask(kGet);
          if (reply.status != 200) break;
          ++answered;
          const bool says_close = reply.field("Connection") == "close";
          if (says_close && !client.is_closed()) ++wrong;
          if (says_close) break;
        }
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return answered > 500; }));
  server->stop(Clock::now() + std::chrono::seconds(10));
  server->join();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(server->stats().requests, answered.load());
  EXPECT_EQ(server->stats().connections_open, 0u);
}

}  // namespace
}  // namespace rs::http
