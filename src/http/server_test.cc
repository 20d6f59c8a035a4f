// What a client gets for its bytes.

#include "http/server.h"

#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/test_server.h"

namespace rs::http {
namespace {

struct Exchanged {
  std::string request;
  std::vector<int> statuses;
  bool closes;
};

std::string framed(const std::string& fields, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}

TEST(Server, AnswersOrRefusesAndClosesOnlyWhereItMust) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  const Exchanged cases[] = {
      {kGet, {200}, false},
      {kGet + kGet, {200, 200}, false},
      {"\r\n" + kGet, {200}, false},
      {kGet + "\r\n" + kGet, {200, 200}, false},
      {"\r\n\r\n" + kGet, {400}, true},
      {framed("Content-Length: 2\r\n", "ab"), {200}, false},
      {framed("Content-Length: 0\r\n"), {200}, false},
      {framed(chunked, "2\r\nab\r\n0\r\n\r\n"), {200}, false},
      {framed(chunked, "2\r\nab\r\n0\r\n\r\n") + kGet, {200, 200}, false},
      {framed("Connection: close\r\nContent-Length: 0\r\n") + kGet, {200}, true},
      {"GET / HTTP/1.0\r\n\r\n" + kGet, {200}, true},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {200}, false},
      {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", {200}, false},
      {"GET http://h/x HTTP/1.1\r\nHost: other\r\n\r\n", {200}, false},
      {"BREW /x HTTP/1.1\r\nHost: h\r\n\r\n", {200}, false},
      {"GET /none HTTP/1.1\r\nHost: h\r\n\r\n" + kGet, {204, 200}, false},
      {"GET / HTTP/1.1\r\n\r\n" + kGet, {400}, true},
      {"GET / HTTP/1.1\nHost: h\n\n", {400}, true},
      {"\x16\x03\x01\x02", {400}, true},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}, true},
      {"GET / HTTP/1.2\r\nHost: h\r\n\r\n", {505}, true},
      {kGet + "GET / HTTP/1.1\r\nHost : h\r\n\r\n" + kGet, {200, 400}, true},
      {framed(""), {411}, true},
      {framed("Content-Length: 1000\r\n", std::string(1000, 'x')), {200}, false},
      {framed("Content-Length: 1001\r\n"), {413}, true},
      {framed("Content-Length: 99999999999999999999999\r\n"), {413}, true},
      {framed(chunked, "3e9\r\n"), {413}, true},
      {framed(chunked, "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"), {413}, true},
      {framed(chunked, "2\r\nabX"), {400}, true},
      {framed(chunked + "Content-Length: 4\r\n", "0\r\n\r\n" + smuggled), {400}, true},
      {framed("Content-Length: 5\r\n" + chunked, "0\r\n\r\n" + smuggled), {400}, true},
      {framed("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + smuggled), {501}, true},
      {framed("Content-Encoding: deflate\r\nContent-Length: 2\r\n", "ab"), {415}, true},
      {framed("Content-Encoding: gzip, br\r\nContent-Length: 2\r\n", "ab"), {415}, true},
      {framed("Content-Encoding: identity\r\nContent-Length: 2\r\n", "ab"), {200}, false},
      {framed("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "ab") + kGet, {400, 200}, false},
      {framed("Content-Encoding: br\r\nContent-Length: 2\r\n", "\xff\xff"), {400}, false},
      {framed("Connection: close\r\nContent-Encoding: br\r\nContent-Length: 1\r\n", "x"),
       {400},
       true},
      {framed("X: " + std::string(60'000, 'x') + "\r\nContent-Length: 0\r\n"), {200}, false},
      {framed("X: " + std::string(66'000, 'x') + "\r\n"), {431}, true},
  };
  TestServer server;
  for (const auto& one : cases) {
    SCOPED_TRACE(testing::PrintToString(one.request.substr(0, 200)));
    Client client(server->port());
    client.send(one.request);
    for (std::size_t i = 0; i < one.statuses.size(); ++i) {
      const Reply reply = client.read();
      EXPECT_EQ(reply.status, one.statuses[i]);
      EXPECT_EQ(reply.field("Connection") == "close", one.closes && i + 1 == one.statuses.size());
    }
    if (one.closes) {
      EXPECT_TRUE(client.is_closed());
    } else {
      EXPECT_EQ(client.ask(kGet).status, 200);
    }
  }
}

TEST(Server, AnswersWithTheHandlersWords) {
  TestServer server;
  Client client(server->port());
  const Reply reply = client.ask(post("/a%20b?q=1", "body"));
  EXPECT_EQ(reply.body, "POST /a%20b?q=1 body");
  EXPECT_EQ(reply.field("Content-Type"), "text/plain");
  EXPECT_EQ(reply.field("X-Peer"), "127.0.0.1");
  EXPECT_EQ(reply.field("Date").size(), 29u);
  EXPECT_EQ(reply.field("Date").substr(26), "GMT");
}

TEST(Server, ShowsTheHandlerWhoIsRefused) {
  TestServer server;
  const std::string origin = "Origin: https://a.b\r\n";
  for (const auto& request :
       {framed(origin), framed(origin + "Content-Length: 1001\r\n"),
        framed(origin + "Transfer-Encoding: chunked\r\n", "1\r\nxx"),
        framed(origin + "Content-Encoding: zstd\r\nContent-Length: 1\r\n"),
        framed(origin + "Content-Encoding: br\r\nContent-Length: 1\r\n", "x"),
        // Of a head that is not right, what comes before the fault is understood.
        framed(origin + "Cookie: " + std::string(70'000, 'x') + "\r\n"),
        framed(origin + "Cookie: a\x01" + "b\r\n"), framed(origin + "no colon\r\n"),
        "POST / HTTP/1.2\r\n" + origin + "\r\n", "POST noslash HTTP/1.1\r\n" + origin + "\r\n",
        framed(origin + "Transfer-Encoding: gzip\r\n")}) {
    SCOPED_TRACE(testing::PrintToString(request.substr(0, 100)));
    const Reply reply = Client(server->port()).ask(request);
    EXPECT_GE(reply.status, 400);
    EXPECT_EQ(reply.field("X-Origin"), "https://a.b") << reply.status;
    EXPECT_EQ(reply.field("Content-Type"), "application/json");
    EXPECT_EQ(reply.field("Accept-Encoding"), reply.status == 415 ? "gzip, br" : "");
  }
}

TEST(Server, ReadsRequestsSplitAnywhere) {
  const std::string first = post("/1", "hello");
  const std::string second =
      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
  const std::string all = first + second + kGet;
  TestServer server;
  Client client(server->port());
  for (std::size_t split = 1; split < all.size(); ++split) {
    client.send(all.substr(0, split));
    if (split % 3 == 0) ::poll(nullptr, 0, 1);  // Now and then as two reads for certain.
    client.send(all.substr(split));
    EXPECT_EQ(client.read().body, "POST /1? hello") << split;
    EXPECT_EQ(client.read().body, "POST /2? abcde") << split;
    EXPECT_EQ(client.read().body, "GET /x?y ") << split;
  }
  for (const char byte : all) client.send({&byte, 1});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read().status, 200);
}

TEST(Server, AnswersALongPipelineInOrder) {
  TestServer server;
  Client client(server->port());
  std::string requests;
  constexpr int kRequests = 3000;
  for (int i = 0; i < kRequests; ++i) requests += post("/p?" + std::to_string(i), "b");
  // Sent while it is being answered: neither side has room for all of it.
  std::string_view rest = requests;
  int answered = 0;
  while (answered < kRequests) {
    rest.remove_prefix(client.send_some(rest));
    ASSERT_EQ(client.read().body, "POST /p?" + std::to_string(answered) + " b");
    ++answered;
  }
}

TEST(Server, AnswersLongPipelinesOfManyClientsThatComeAtOnce) {
  TestServer server;
  Client holding(server->port());
  holding.send(post("/hold", ""));
  server.promises().wait_until_held();
  constexpr int kClients = 40, kRequests = 8;  // 8 KB each: 2.5 MB of answers in one turn.
  std::string pipeline;
  for (int i = 0; i < kRequests; ++i) pipeline += post("/big?8000", "");
  std::deque<Client> clients;
  for (int i = 0; i < kClients; ++i) clients.emplace_back(server->port()).send(pipeline);
  server.promises().let_go();
  EXPECT_EQ(holding.read().status, 200);
  for (auto& client : clients) {
    for (int i = 0; i < kRequests; ++i) ASSERT_EQ(client.read().body.size(), 8000u);
  }
}

TEST(Server, HoldsBackAClientThatReadsNothing) {
  TestServer server;
  Client client(server->port(), 4096);
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += "GET /big?100000 HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  // Far fewer than were asked for are made, until the client takes them.
  ASSERT_TRUE(eventually([&] { return server->stats().requests > 0; }));
  ::poll(nullptr, 0, 30);
  EXPECT_LT(server->stats().requests, 150u);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read().body.size(), 100'000u) << i;
  EXPECT_EQ(client.ask(kGet).status, 200);
}

TEST(Server, SendsLargeSharedBodiesToSlowReaders) {
  TestServer server;
  Client client(server->port(), 4096);
  for (int i = 0; i < 2; ++i) {
    client.send("GET /asset HTTP/1.1\r\nHost: h\r\n\r\n" + kGet);
    EXPECT_EQ(client.read().body, shared_asset());
    EXPECT_EQ(client.read().body, "GET /x?y ");
  }
}

TEST(Server, AnswersHeadWithoutTheBody) {
  TestServer server;
  Client client(server->port());
  client.send("HEAD /big?5000 HTTP/1.1\r\nHost: h\r\n\r\n");
  Reply reply = client.read(true);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Length"), "5000");
  EXPECT_TRUE(client.is_silent());
  client.send("HEAD /asset HTTP/1.1\r\nHost: h\r\nAccept-Encoding: br\r\n\r\n");
  reply = client.read(true);
  EXPECT_EQ(reply.field("Content-Encoding"), "br");
  EXPECT_LT(std::stoul(reply.field("Content-Length")), shared_asset().size());
  EXPECT_EQ(client.ask(kGet).body, "GET /x?y ");
}

TEST(Server, RefusesAHeadRequestWithoutABody) {
  ServerSettings settings = test_settings();
  settings.timeouts.head = settings.timeouts.body = std::chrono::milliseconds(50);
  TestServer server(settings);
  const std::pair<std::string, int> cases[] = {
      {"no colon\r\n\r\n", 400},
      {"X: a\x01\r\n\r\n", 400},
      {"X: " + std::string(70'000, 'x'), 431},
      {"Content-Length: 1001\r\n\r\n", 413},
      {"Content-Encoding: zstd\r\nContent-Length: 1\r\n\r\nx", 415},
      {"Connection: close\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", 400},
      {"Transfer-Encoding: gzip\r\n\r\n", 501},
      {"X: the time passes", 408},
      {"Content-Length: 2\r\n\r\nx", 408},
  };
  for (const auto& [rest, status] : cases) {
    SCOPED_TRACE(testing::PrintToString(rest.substr(0, 100)));
    Client client(server->port());
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n" + rest);
    const Reply reply = client.read(true);
    EXPECT_EQ(reply.status, status);
    EXPECT_NE(reply.field("Content-Length"), "0");
    EXPECT_TRUE(client.is_closed());  // And has sent nothing behind the head.
  }
}

TEST(Server, AsksForABodyThatWaitsToBeAskedFor) {
  TestServer server;
  Client client(server->port());
  const std::string expect = "Expect: 100-continue\r\n";
  client.send(framed(expect + "Content-Length: 2\r\n"));
  EXPECT_EQ(client.read().head, "HTTP/1.1 100 Continue\r\n");
  EXPECT_EQ(client.ask("ab").body, "POST /x? ab");
  client.send(framed(expect + "Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("1\r\na\r\n0\r\n\r\n").body, "POST /x? a");
  // Not when the body is there already, is empty, or will be refused.
  EXPECT_EQ(client.ask(framed(expect + "Content-Length: 2\r\n", "ab")).status, 200);
  EXPECT_EQ(client.ask(framed(expect + "Content-Length: 0\r\n")).status, 200);
  EXPECT_EQ(client.ask(framed(expect + "Content-Length: 1001\r\n")).status, 413);
}

TEST(Server, LetsAClientReadItsRefusalWhileItIsStillSending) {
  TestServer server;
  Client client(server->port());
  client.send(framed("Content-Length: 3000000\r\n"));
  client.send(std::string(3'000'000, 'x'));
  EXPECT_EQ(client.read().status, 413);
  client.finish();
  EXPECT_TRUE(client.is_closed());
}

TEST(Server, AnswersAClientThatHasClosedItsHalf) {
  TestServer server;
  Client client(server->port());
  client.send(kGet + kGet);
  client.finish();
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST(Server, CountsWhatItDoes) {
  TestServer server;
  {
    Client client(server->port());
    client.ask(kGet);
    client.ask(post("/x", "b"));
    client.ask("GET / HTTP/1.1\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return server->stats().connections_open == 0; }));
  const Stats stats = server->stats();
  EXPECT_EQ(stats.connections_accepted, 1u);
  EXPECT_EQ(stats.requests, 2u);
  EXPECT_EQ(stats.responses[2], 2u);
  EXPECT_EQ(stats.responses[4], 1u);
  EXPECT_EQ(stats.refusals[static_cast<std::size_t>(Refusal::kBadRequest)], 1u);
  EXPECT_EQ(stats.latency_micros.count(), 2u);
  EXPECT_EQ(stats.bytes_in, kGet.size() + post("/x", "b").size() + 18);
  EXPECT_GT(stats.bytes_out, 300u);
}

TEST(Server, ServesOnAllItsThreads) {
  ServerSettings settings = test_settings();
  settings.threads = 3;
  TestServer server(settings);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<Client>(server->port()));
  for (auto& client : clients) EXPECT_EQ(client->ask(kGet).status, 200);
  EXPECT_EQ(server->stats().requests, 40u);
}

TEST(Server, ServesIpv6AndIpv4OnOneSocket) {
  ServerSettings settings = test_settings();
  settings.host = "::";
  TestServer server(settings);
  EXPECT_EQ(Client(server->port()).ask(kGet).field("X-Peer"), "127.0.0.1");
}

TEST(Server, RefusesAPortThatIsTaken) {
  TestServer first;
  ServerSettings settings = test_settings();
  settings.port = first->port();
  const auto second = Server::listen(settings);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(std::to_string(settings.port)), std::string::npos);
  settings.host = "no such host";
  EXPECT_FALSE(Server::listen(settings));
}

}  // namespace
}  // namespace rs::http
