// What happens at the limits of connections, descriptors and memory.

#include <deque>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "http/test_server.h"

namespace rs::http {
namespace {

const std::string kLater = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";

ServerSettings connection_settings(std::size_t connections_max) {
  ServerSettings settings = test_settings();
  settings.connections_max = connections_max;
  return settings;
}

// A client that waits for a promise of its own.
struct WaitingClient {
  explicit WaitingClient(TestServer& server) : client(server->port()) {
    client.send(kLater);
    promise = server.promises().take();
  }
  Client client;
  Promise promise;
};

TEST(Connections, AreLimitedWhileAllAreAtWork) {
  TestServer server(connection_settings(2));
  WaitingClient first(server), second(server);
  EXPECT_TRUE(Client(server->port()).is_closed());
  EXPECT_EQ(server->stats().connections_refused, 1u);
  EXPECT_EQ(server->stats().connections_evicted, 0u);
  for (WaitingClient* one : {&first, &second}) {
    settle(one->promise, Outcome::kKept);
    EXPECT_EQ(one->client.read().status, 200);
  }
  EXPECT_EQ(Client(server->port()).ask(kGet).status, 200);
}

TEST(Connections, MakeRoomByTheOneThatIsIdleLongest) {
  TestServer server(connection_settings(3));
  Client oldest(server->port()), second(server->port()), third(server->port());
  for (Client* client : {&oldest, &second, &third}) EXPECT_EQ(client->ask(kGet).status, 200);
  // Used again, it is not the longest idle one any more.
  EXPECT_EQ(oldest.ask(kGet).status, 200);
  Client health_check(server->port());
  EXPECT_EQ(health_check.ask(kGet).status, 200);
  EXPECT_TRUE(second.is_closed());
  EXPECT_EQ(oldest.ask(kGet).status, 200);
  EXPECT_EQ(third.ask(kGet).status, 200);
  EXPECT_EQ(server->stats().connections_evicted, 1u);
  EXPECT_EQ(server->stats().connections_refused, 0u);
}

TEST(Connections, MakeRoomByRequestsThatAreNeverWhole) {
  TestServer server(connection_settings(4));
  std::deque<Client> strangers;
  const std::string parts[] = {"", "GET /",
                               "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n"};
  std::uint64_t sent = 0;
  for (int i = 0; i < 20; ++i) {
    strangers.emplace_back(server->port()).send(parts[i % 3]);
    sent += parts[i % 3].size();
    ASSERT_TRUE(eventually([&] { return server->stats().connections_accepted == i + 1u; }));
    ASSERT_TRUE(eventually([&] { return server->stats().bytes_in == sent; }));
  }
  EXPECT_EQ(Client(server->port()).ask(kGet).status, 200);
  EXPECT_EQ(server->stats().connections_refused, 0u);
}

TEST(Connections, AreNotClosedToMakeRoomWhenTheirRequestHasCome) {
  TestServer server(connection_settings(2));
  Client idle(server->port()), holding(server->port());
  EXPECT_EQ(idle.ask(kGet).status, 200);
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  // The thread that is held finds a new connection first.
  Client third(server->port());
  third.send(kGet);
  idle.send(kGet);
  server.promises().let_go();
  EXPECT_EQ(idle.read().status, 200);
}

// No descriptor can be opened while this lives: one is fewer than are open. poll() needs that one.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{1, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST(Connections, AreAcceptedAgainWhenThereAreDescriptorsAgain) {
  TestServer server;
  WaitingClient open(server);
  Client fresh(Client::kLater);
  {
    const NoDescriptors none;
    fresh.connect(server->port());
    fresh.send(kGet);
    ASSERT_TRUE(eventually([&] { return server->stats().accept_pauses >= 1; }));
    EXPECT_TRUE(fresh.is_silent());
    // What is open goes on.
    settle(open.promise, Outcome::kKept);
    EXPECT_EQ(open.client.read().status, 200);
  }
  EXPECT_EQ(fresh.read().status, 200);
}

TEST(Connections, MakeRoomWhenThereAreNoDescriptors) {
  TestServer server;
  Client idle(server->port());
  EXPECT_EQ(idle.ask(kGet).status, 200);
  Client fresh(Client::kLater);
  {
    const NoDescriptors none;
    fresh.connect(server->port());
    EXPECT_TRUE(idle.is_closed());
  }
  EXPECT_EQ(fresh.ask(kGet).status, 200);
}

TEST(Memory, ThatIsMissingRefusesTheRequestAlone) {
  TestServer server;
  Client client(server->port());
  for (const std::string path : {"/no-memory", "/x", "/no-memory"}) {
    const Reply reply = client.ask(post(path, "body"));
    EXPECT_EQ(reply.status, path == "/x" ? 200 : 503);
    EXPECT_EQ(reply.field("Connection"), "");
  }
  client.send(kGet + post("/no-memory", "") + kGet);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().body, R"({"detail":"out_of_memory"})");
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(server->stats().refusals[static_cast<std::size_t>(Refusal::kOutOfMemory)], 3u);
}

}  // namespace
}  // namespace rs::http
