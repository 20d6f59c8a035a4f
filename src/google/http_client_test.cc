// Requests to a server that accepts connections and says nothing.
#include "google/http_client.h"

#include <stop_token>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "google/rest_client.h"

namespace rs::google {
namespace {

// The kernel accepts for it; nobody reads.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.get(), 16), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  // The next client's connection, open.
  [[nodiscard]] Descriptor accept() const {
    return Descriptor(::accept(socket_.get(), nullptr, nullptr));
  }

 private:
  const Descriptor socket_;
  int port_ = 0;
};

TEST(SilentService, IsLeftWhenTheCallerStops) {
  const SilentServer server;
  std::stop_source stop;
  std::thread stopping([&] {
    const auto connection = server.accept();
    stop.request_stop();
  });
  const auto answer = send({.url = server.url() + "/secret", .stop = stop.get_token()});
  stopping.join();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().retryable());
  EXPECT_EQ(answer.error().message, server.url() + " was not waited for: the program stops");
}

TEST(SilentService, IsNotAskedOnceTheCallerHasStopped) {
  std::stop_source stop;
  stop.request_stop();
  const SilentServer server;
  EXPECT_FALSE(send({.url = server.url(), .stop = stop.get_token()}));
}

TEST(SilentService, IsLeftByTheRestClientToo) {
  const SilentServer server;
  std::stop_source stop;
  std::thread stopping([&] {
    const auto connection = server.accept();
    stop.request_stop();
  });
  const RestClient rest(server.url(), nullptr);
  const auto answer = rest.call({.path = "/", .stop = stop.get_token()});
  stopping.join();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().error.retryable());
}

TEST(SilentService, IsLeftAtTheTimeLimit) {
  const SilentServer server;
  const auto answer = send({.url = server.url(), .timeout = std::chrono::milliseconds(50)});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("cannot be reached"), std::string::npos);
}

}  // namespace
}  // namespace rs::google
