// What happens when something does not come in time.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
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

TEST(Timeouts, EndAHeadThatDripsIn) {
  ServerSettings settings = test_settings();
  settings.timeouts.head = milliseconds(60);
  TestServer server(settings);
  Client client(server->port());
  client.send("GET / HTTP/1.1\r\nOrigin: https://a.b\r\nX: ");
  // Each byte comes in time, and does not help.
  while (client.is_silent(5)) client.send("x");
  const Reply reply = client.read();
  EXPECT_EQ(reply.status, 408);
  EXPECT_EQ(reply.field("Connection"), "close");
  EXPECT_EQ(reply.field("X-Origin"), "https://a.b");
  EXPECT_TRUE(client.is_closed());
}

TEST(Timeouts, EndABodyThatDripsIn) {
  ServerSettings settings = test_settings();
  settings.timeouts.body = milliseconds(60);
  TestServer server(settings);
  for (const std::string framing : {"Content-Length: 900", "Transfer-Encoding: chunked"}) {
    Client client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nOrigin: https://a.b\r\n" + framing + "\r\n\r\n");
    if (framing[0] == 'T') client.send("300\r\n");
    while (client.is_silent(5)) client.send("x");
    const Reply reply = client.read();
    EXPECT_EQ(reply.status, 408);
    EXPECT_EQ(reply.field("X-Origin"), "https://a.b");
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(Timeouts, GiveEachRequestOfAConnectionItsOwnTime) {
  ServerSettings settings = test_settings();
  settings.timeouts.head = milliseconds(100);
  TestServer server(settings);
  Client client(server->port());
  const auto start = Clock::now();
  while (Clock::now() - start < milliseconds(250)) {
    client.send(kGet.substr(0, 10));
    EXPECT_TRUE(client.is_silent(10));
    ASSERT_EQ(client.ask(kGet.substr(10) + kGet.substr(0, 5)).status, 200);
    ASSERT_EQ(client.ask(kGet.substr(5)).status, 200);
  }
}

TEST(Timeouts, EndIdleConnectionsWithoutAWord) {
  ServerSettings settings = test_settings();
  settings.timeouts.idle = milliseconds(80);
  TestServer server(settings);
  Client silent(server->port()), client(server->port());
  const auto start = Clock::now();
  // A request now and then keeps a connection open.
  while (Clock::now() - start < milliseconds(200)) {
    ASSERT_EQ(client.ask(kGet).status, 200);
    ::poll(nullptr, 0, 10);
  }
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(eventually([&] { return server->stats().connections_expired == 2; }));
}

TEST(Timeouts, EndAClientThatTakesNothing) {
  ServerSettings settings = test_settings();
  settings.timeouts.write = milliseconds(50);
  TestServer server(settings);
  Client client(server->port(), 4096);
  client.send("GET /big?9000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return server->stats().connections_expired == 1; }));
}

// As the client takes what there is, whole pieces of 64 KB; false when the connection ends before.
bool takes_slowly(Client& client, std::size_t bytes) {
  for (std::size_t taken = 0; taken < bytes;) {
    const std::size_t got = client.take_some(64 * 1024);
    if (got == 0) return false;
    taken += got;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

TEST(Timeouts, EndAClientThatTakesTooLittle) {
  constexpr std::size_t kBytes = 50'000'000;
  const std::string request = "GET /big?" + std::to_string(kBytes) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const bool is_enough : {true, false}) {
    ServerSettings settings = test_settings();
    settings.timeouts.write = milliseconds(300);
    if (!is_enough) settings.write_bytes_min = std::size_t{1} << 30;
    TestServer server(settings);
    Client client(server->port());
    client.send(request);
    EXPECT_EQ(takes_slowly(client, kBytes), is_enough);
    const std::uint64_t expired = is_enough ? 0 : 1;
    EXPECT_TRUE(eventually([&] { return server->stats().connections_expired == expired; }));
  }
}

TEST(Timeouts, EndLingering) {
  ServerSettings settings = test_settings();
  settings.timeouts.linger = milliseconds(50);
  TestServer server(settings);
  Client client(server->port());
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_TRUE(client.is_closed());
  // The client does not close, but the server's end is gone all the same.
  EXPECT_TRUE(eventually([&] { return server->stats().connections_open == 0; }));
}

TEST(Timeouts, EndLingeringAfterTooManyBytes) {
  ServerSettings settings = test_settings();
  settings.linger_bytes_max = 100'000;
  TestServer server(settings);
  Client client(server->port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  const std::string bytes(10'000, 'x');
  EXPECT_TRUE(eventually([&] {
    client.send(bytes);
    return server->stats().connections_open == 0;
  }));
}

TEST(Promises, HoldTheAnswerAndWhatFollowsIt) {
  TestServer server;
  Client client(server->port());
  client.send(kGet + kLater + kGet);
  EXPECT_EQ(client.read().status, 200);
  const Promise promise = server.promises().take();
  EXPECT_TRUE(client.is_silent());
  client.send(kGet);
  EXPECT_TRUE(client.is_silent());
  settle(promise, Outcome::kKept);
  EXPECT_EQ(client.read().body, "GET /later? ");
  EXPECT_EQ(client.read().body, "GET /x?y ");
  EXPECT_EQ(client.read().body, "GET /x?y ");
}

TEST(Promises, AreAnsweredBeforeWhatIsSentWhileTheySettle) {
  for (const int bytes : {10, 200'000}) {  // The kernel takes less than the latter at once.
    TestServer server;
    Client client(server->port(), 4'096), holding(server->port());
    client.send(post("/later-big?" + std::to_string(bytes), ""));
    const Promise promise = server.promises().take();
    holding.send(post("/hold", ""));
    server.promises().wait_until_held();
    // The thread that is held finds both in one turn.
    settle(promise, Outcome::kKept);
    client.send(kGet);
    server.promises().let_go();
    EXPECT_EQ(client.read().body, std::string(static_cast<std::size_t>(bytes), 'x'));
    EXPECT_EQ(client.read().body, "GET /x?y ");
    EXPECT_EQ(holding.read().status, 200);
  }
}

TEST(Promises, AreAnsweredToAClientThatClosesItsHalfWhileTheySettle) {
  TestServer server;
  Client client(server->port()), holding(server->port());
  client.send(kLater);
  const Promise promise = server.promises().take();
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  settle(promise, Outcome::kKept);
  client.finish();
  server.promises().let_go();
  EXPECT_EQ(client.read().body, "GET /later? ");
  EXPECT_TRUE(client.is_closed());
}

TEST(Promises, AreFollowedByTheEndOfTheirTurn) {
  TestServer server;
  Client first(server->port()), second(server->port()), holding(server->port());
  for (Client* client : {&first, &second}) EXPECT_EQ(client->ask(kGet).status, 200);
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  // The thread that is held finds both in one turn.
  first.send(kLater);
  second.send(kLater);
  server.promises().let_go();
  const auto promises = server.promises().take_turn();
  EXPECT_EQ(promises.size(), 2u);
  for (const Promise& promise : promises) settle(promise, Outcome::kKept);
  for (Client* client : {&first, &second}) EXPECT_EQ(client->read().body, "GET /later? ");
  EXPECT_EQ(first.ask(kGet).status, 200);
  EXPECT_EQ(server.promises().turns(), 1);
}

TEST(Promises, LetTheHandlerChangeTheAnswer) {
  TestServer server;
  Client client(server->port());
  client.send(kLater);
  settle(server.promises().take(), Outcome::kRejected);
  const Reply rejected = client.read();
  EXPECT_EQ(rejected.status, 422);
  EXPECT_EQ(rejected.body, "rejected");
  client.send(kLater);
  settle(server.promises().take(), Outcome::kRefused);
  EXPECT_EQ(client.read().status, 503);
  EXPECT_EQ(client.ask(kGet).status, 200);
}

TEST(Promises, CountAsRefusedWhenTheyTakeTooLong) {
  ServerSettings settings = test_settings();
  settings.timeouts.promise = milliseconds(40);
  TestServer server(settings);
  Client client(server->port());
  const Reply reply = client.ask(kLater + kGet);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.field("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
  // Too late: nobody waits.
  settle(server.promises().take(), Outcome::kKept);
  EXPECT_TRUE(eventually([&] { return server->stats().promises_lost == 1; }));
  EXPECT_EQ(server->stats().promises_expired, 1u);
}

TEST(Promises, MaySettleAfterTheirConnectionIsGone) {
  TestServer server;
  std::vector<Promise> promises;
  for (int i = 0; i < 5; ++i) {
    Client client(server->port());
    client.send(kLater);
    promises.push_back(server.promises().take());
    client.reset();
    ASSERT_TRUE(eventually([&] { return server->stats().connections_open == 0; }));
  }
  // The slot is another connection's now, which waits for a promise of its own.
  Client client(server->port());
  client.send(kLater);
  const Promise own = server.promises().take();
  for (const Promise& promise : promises) settle(promise, Outcome::kRejected);
  EXPECT_TRUE(eventually([&] { return server->stats().promises_lost == 5; }));
  EXPECT_TRUE(client.is_silent());
  settle(own, Outcome::kKept);
  EXPECT_EQ(client.read().status, 200);
}

TEST(Promises, AreAnsweredThoughTheClientHasClosedItsHalf) {
  TestServer server;
  Client client(server->port());
  client.send(kLater + kGet);
  client.finish();
  settle(server.promises().take(), Outcome::kKept);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST(Promises, SettleFromOtherThreadsInAnyOrder) {
  ServerSettings settings = test_settings();
  settings.threads = 2;
  TestServer server(settings);
  constexpr int kClients = 16, kEach = 100;
  std::thread settler([&] {
    for (std::size_t settled = 0; settled < kClients * kEach;) {
      auto promises = server.promises().take_all();
      settled += promises.size();
      std::reverse(promises.begin(), promises.end());
      for (const Promise& promise : promises) settle(promise, Outcome::kKept);
    }
  });
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] {
      Client client(server->port());
      for (int j = 0; j < kEach; ++j) answered += client.ask(kLater).status == 200 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  settler.join();
  EXPECT_EQ(answered, kClients * kEach);
  EXPECT_EQ(server->stats().promises_lost, 0u);
}

}  // namespace
}  // namespace rs::http
