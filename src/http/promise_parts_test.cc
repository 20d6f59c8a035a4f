#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "http/test_server.h"

// Requests whose promise has a part for each of several rows.

namespace rs::http {
namespace {

using std::chrono::milliseconds;

TEST(PromiseParts, AreAnsweredWithTheirWorstOutcomeWhenTheLastIsSettled) {
  using enum Outcome;
  struct Case {
    std::vector<Outcome> parts;
    int status;
  };
  TestServer server;
  Client client(server->port());
  for (const auto& [parts, status] :
       {Case{{kKept, kKept, kKept}, 200}, Case{{kRejected, kKept, kKept}, 422},
        Case{{kKept, kKept, kRejected}, 422}, Case{{kKept, kRefused, kKept}, 503},
        Case{{kRefused, kRejected, kKept}, 503}, Case{{kRejected, kRefused, kRejected}, 503}}) {
    client.send(post("/parts?3", ""));
    const Promise promise = server.promises().take();
    settle(promise, parts[0]);
    settle(promise, parts[1]);
    EXPECT_TRUE(client.is_silent());
    settle(promise, parts[2]);
    EXPECT_EQ(client.read().status, status);
  }
  client.send(post("/parts?5", ""));
  const Promise promise = server.promises().take();
  settle(promise, kKept, 4);
  EXPECT_TRUE(client.is_silent());
  settle(promise, kKept);
  EXPECT_EQ(client.read().status, 200);
}

TEST(PromiseParts, CountAsRefusedWhenTheLastTakesTooLong) {
  ServerSettings settings = test_settings();
  settings.timeouts.promise = milliseconds(40);
  TestServer server(settings);
  Client client(server->port());
  client.send(post("/parts?2", ""));
  const Promise promise = server.promises().take();
  settle(promise, Outcome::kKept);
  EXPECT_EQ(client.read().status, 503);
  settle(promise, Outcome::kKept);
  EXPECT_TRUE(eventually([&] { return server->stats().promises_lost == 1; }));
}

}  // namespace
}  // namespace rs::http
