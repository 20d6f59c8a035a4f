#include "collect/client_address.h"

#include <gtest/gtest.h>

namespace rs::collect {
namespace {

std::string client(const std::vector<std::string>& trusted, const std::string& peer,
                   const std::vector<std::string>& forwarded) {
  const auto proxies = TrustedProxies::parse(trusted);
  if (!proxies) return proxies.error().message;
  std::vector<http::Header> headers;
  for (const auto& value : forwarded) headers.push_back({"x-forwarded-for", value});
  http::Request request;
  request.peer_address = peer;
  request.headers = headers;
  return std::string(proxies->client_of(request));
}

TEST(ClientAddress, IsTheConnectionsWhenNoProxyIsTrusted) {
  EXPECT_EQ(client({}, "203.0.113.7", {"198.51.100.1"}), "203.0.113.7");
}

TEST(ClientAddress, GoesBackAsFarAsTrustedProxiesReach) {
  const struct {
    std::vector<std::string> trusted;
    const char* peer;
    std::vector<std::string> forwarded;
    const char* client;
  } cases[] = {
      {{"loopback"}, "127.0.0.1", {"203.0.113.7"}, "203.0.113.7"},
      {{"loopback"}, "::ffff:127.0.0.1", {"203.0.113.7"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {"spoofed, 203.0.113.7"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {"6.6.6.6, 203.0.113.7"}, "203.0.113.7"},
      {{"loopback", "private"}, "127.0.0.1", {"203.0.113.7, 10.1.2.3"}, "203.0.113.7"},
      {{"loopback", "private"}, "127.0.0.1", {"203.0.113.7", "10.1.2.3"}, "203.0.113.7"},
      {{"loopback", "private"}, "127.0.0.1", {"10.9.9.9, 10.1.2.3"}, "10.9.9.9"},
      {{"203.0.113.0/28"}, "203.0.113.15", {"1.2.3.4"}, "1.2.3.4"},
      {{"203.0.113.0/28"}, "203.0.113.16", {"1.2.3.4"}, "203.0.113.16"},
      {{"2001:db8::/33"}, "2001:db8:7fff::1", {"[2001:db9::2]:443"}, "2001:db9::2"},
      {{"loopback"}, "127.0.0.1", {"203.0.113.7:5123"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {"unknown"}, "127.0.0.1"},
      {{"loopback"}, "127.0.0.1", {""}, "127.0.0.1"},
      {{"loopback"}, "127.0.0.1", {}, "127.0.0.1"},
  };
  for (const auto& c : cases) EXPECT_EQ(client(c.trusted, c.peer, c.forwarded), c.client) << c.peer;
}

TEST(ClientAddress, RefusesWhatIsNoNetwork) {
  for (const char* bad :
       {"10.0.0.0/33", "10.0.0", "::/129", "proxy.example.com", "10.0.0.0/", ""}) {
    const std::vector<std::string> entries{bad};
    EXPECT_FALSE(TrustedProxies::parse(entries)) << bad;
  }
}

}  // namespace
}  // namespace rs::collect
