// One client has its share of a thread and of the memory, whatever it sends.

#include <deque>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "coding/body_encoder.h"
#include "http/test_server.h"
#include "http/turn.h"

namespace rs::http {
namespace {

const std::string kCount = "GET /count HTTP/1.1\r\nHost: h\r\n\r\n";

std::uint64_t refused(TestServer& server, Refusal refusal) {
  return server->stats().refusals[static_cast<std::size_t>(refusal)];
}

TEST(Fairness, AnswersOthersBeforeTheEndOfALongPipeline) {
  TestServer server;
  Client holding(server->port()), greedy(server->port()), other(server->port());
  constexpr int kRequests = 1000;
  std::string pipeline;
  for (int i = 0; i < kRequests; ++i) pipeline += kGet;
  for (Client* client : {&greedy, &other}) EXPECT_EQ(client->ask(kGet).status, 200);
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  // The thread that is held finds both in one turn, the pipeline first.
  greedy.send(pipeline);
  other.send(kCount);
  server.promises().let_go();
  EXPECT_LT(std::stoi(other.read().body), kRequests / 4);
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(greedy.read().body, "GET /x?y ") << i;
  EXPECT_EQ(holding.read().status, 200);
}

TEST(Fairness, AnswersOthersBeforeTheEndOfManyCostlyBodies) {
  ServerSettings settings = test_settings();
  settings.body_bytes_max = 1'000'000;
  settings.decode_ratio = 1'000'000;
  TestServer server(settings);
  const std::string text(Turn::kTurn / 2, 'a');
  coding::BodyEncoder encoder;
  const std::string encoded(encoder.encode(coding::Coding::kBrotli, text));
  ASSERT_LT(encoded.size(), 250u);
  const std::string sized = post("/x", encoded, "Content-Encoding: br\r\n");
  const std::string chunked =
      "POST /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n" +
      std::string("0") + "0123456789abcdef"[encoded.size() / 16] +
      "0123456789abcdef"[encoded.size() % 16] + "\r\n" + encoded + "\r\n0\r\n\r\n";
  Client holding(server->port()), other(server->port());
  std::deque<Client> costly;
  constexpr int kClients = 12;
  for (int i = 0; i < kClients; ++i) costly.emplace_back(server->port()).ask(kGet);
  EXPECT_EQ(other.ask(kGet).status, 200);
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  for (int i = 0; i < kClients; ++i) costly[i].send((i % 2 == 0 ? sized : chunked) + kGet);
  other.send(kCount);
  server.promises().let_go();
  // Two bodies use up a turn; the others wait, but a small request does not.
  EXPECT_LE(std::stoi(other.read().body), kClients + 2 + 2 * 2);
  for (Client& client : costly) {
    EXPECT_EQ(client.read().body, "POST /x? " + text);
    EXPECT_EQ(client.read().body, "GET /x?y ");
  }
  EXPECT_EQ(holding.read().status, 200);
}

TEST(Fairness, DoesNotCountTheWaitForATurnAsTheClients) {
  ServerSettings settings = test_settings();
  settings.timeouts.head = settings.timeouts.idle = std::chrono::milliseconds(20);
  TestServer server(settings);
  Client greedy(server->port());
  constexpr int kRequests = 20'000;
  std::string pipeline;
  for (int i = 0; i < kRequests; ++i) pipeline += kGet;
  std::thread sender([&] { greedy.send(pipeline); });
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(greedy.read().status, 200) << i;
  sender.join();
}

// A request in two parts.
const std::string kRest(10'000, 'b');
const std::string kMost = [] {
  const std::string whole = post("/x", std::string(100'000, 'b'));
  return whole.substr(0, whole.size() - kRest.size());
}();

ServerSettings memory_settings(std::size_t unfinished_bytes_max) {
  ServerSettings settings = test_settings();
  settings.body_bytes_max = 100'000;
  settings.unfinished_bytes_max = unfinished_bytes_max;
  return settings;
}

// Waits until the server has received all of it.
void send_received(TestServer& server, Client& client, const std::string& bytes) {
  const auto before = server->stats().bytes_in;
  client.send(bytes);
  ASSERT_TRUE(eventually([&] { return server->stats().bytes_in == before + bytes.size(); }));
}

TEST(UnfinishedBytes, TakesTheRequestThatHasWaitedLongest) {
  for (const unsigned threads : {1U, 3U}) {
    ServerSettings settings = memory_settings(1'000'000);
    settings.threads = threads;
    TestServer server(settings);
    constexpr std::size_t kClients = 40;
    std::deque<Client> clients;
    for (std::size_t i = 0; i < kClients; ++i) {
      send_received(server, clients.emplace_back(server->port()), kMost);
      ASSERT_TRUE(eventually([&] { return server->stats().unfinished_bytes <= 1'000'000; }));
      EXPECT_EQ(Client(server->port()).ask(kGet).status, 200);
    }
    const auto lost = refused(server, Refusal::kUnfinishedBytes);
    EXPECT_GE(lost, kClients - 11);
    EXPECT_LE(lost, kClients - 9);
    for (std::size_t i = 0; i < kClients; ++i) {
      SCOPED_TRACE(i);
      if (i >= lost) clients[i].send(kRest);
      const Reply reply = clients[i].read();
      EXPECT_EQ(reply.status, i < lost ? 503 : 200);
      EXPECT_EQ(reply.body.find("unfinished_bytes") != std::string::npos, i < lost);
    }
    EXPECT_TRUE(eventually([&] { return server->stats().unfinished_bytes == 0; }));
  }
}

TEST(UnfinishedBytes, CountHeads) {
  TestServer server(memory_settings(200'000));
  std::deque<Client> clients;
  const std::string head =
      "GET / HTTP/1.1\r\nOrigin: https://a.b\r\nX: " + std::string(50'000, 'x');
  for (int i = 0; i < 6; ++i) send_received(server, clients.emplace_back(server->port()), head);
  const Reply reply = clients.front().read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.field("X-Origin"), "https://a.b");
  EXPECT_EQ(clients.back().ask("\r\nHost: h\r\n\r\n").status, 200);
}

TEST(UnfinishedBytes, CountWhatFollowsARequestThatWaits) {
  TestServer server(memory_settings(100'000));
  std::deque<Client> clients;
  std::string requests = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";
  while (requests.size() < 45'000) requests += kGet;
  for (int i = 0; i < 3; ++i) send_received(server, clients.emplace_back(server->port()), requests);
  ASSERT_TRUE(eventually([&] { return refused(server, Refusal::kUnfinishedBytes) == 1; }));
  for (int i = 0; i < 3; ++i) settle(server.promises().take(), Outcome::kKept);
  // Its answer comes, and says that the others do not.
  Reply reply = clients[0].read();
  EXPECT_EQ(reply.body, "GET /later? ");
  EXPECT_EQ(reply.field("Connection"), "close");
  EXPECT_TRUE(clients[0].is_closed());
  reply = clients[2].read();
  EXPECT_EQ(reply.body, "GET /later? ");
  EXPECT_EQ(reply.field("Connection"), "");
  EXPECT_EQ(clients[2].read().body, "GET /x?y ");
}

TEST(UnfinishedBytes, CountAnswersThatAreNotRead) {
  TestServer server(memory_settings(20'000'000));
  std::deque<Client> clients;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(server->port(), 4096).send("GET /big?9000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  EXPECT_TRUE(eventually([&] { return server->stats().connections_evicted >= 1; }));
  EXPECT_TRUE(eventually([&] { return server->stats().unfinished_bytes <= 20'000'000; }));
  EXPECT_EQ(clients.back().read().body.size(), 9'000'000u);
}

}  // namespace
}  // namespace rs::http
