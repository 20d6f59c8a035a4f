#include "collect/client_address.h"

#include <gtest/gtest.h>

namespace rs::collect {
namespace {

std::string client(const std::vector<std::string>& trusted, const std::string& peer,
                   const std::vector<std::string>& forwarded,
                   std::string_view header = "x-forwarded-for") {
  const auto proxies = TrustedProxies::parse(trusted);
  if (!proxies) return proxies.error().message;
  std::vector<http::Header> headers;
  for (const auto& value : forwarded) headers.push_back({header, value});
  http::Request request;
  request.peer_address = peer;
  request.headers = headers;
  return std::string(proxies->client_of(request).address.view());
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
      {{"loopback"}, "127.0.0.1", {"203.0.113.7, unknown"}, "127.0.0.1"},
      {{"loopback"}, "127.0.0.1", {"203.0.113.7,"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {"203.0.113.7, , ,"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {", ,\t203.0.113.7"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {"203.0.113.7,,127.0.0.1"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {"203.0.113.7", "", ","}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {",,,"}, "127.0.0.1"},
      {{"loopback"}, "127.0.0.1", {"6.6.6.6", "203.0.113.7"}, "203.0.113.7"},
      {{"loopback"}, "127.0.0.1", {""}, "127.0.0.1"},
      {{"loopback"}, "127.0.0.1", {}, "127.0.0.1"},
  };
  for (const auto& c : cases) EXPECT_EQ(client(c.trusted, c.peer, c.forwarded), c.client) << c.peer;
}

TEST(ClientAddress, IsCanonicalText) {
  const std::pair<const char*, const char*> cases[] = {
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"::FFFF:cb00:7107", "203.0.113.7"},
      {"0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"},
      {"[::ffff:203.0.113.7]:443", "203.0.113.7"},
      {"2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"[2001:DB8::1]", "2001:db8::1"},
      {"[2001:db8::1]:443", "2001:db8::1"},
      {"\"[2001:db8::1]:443\"", "2001:db8::1"},
      {"2001:db8::1%eth0", "2001:db8::1"},
      {"[2001:db8::1%25eth0]:443", "2001:db8::1"},
      {"203.0.113.7:443", "203.0.113.7"},
      {"203.0.113.7:", "203.0.113.7"},
      {"::", "::"},
  };
  for (const auto& [sent, address] : cases) {
    EXPECT_EQ(client({"loopback"}, "127.0.0.1", {sent}), address) << sent;
  }
  EXPECT_EQ(client({}, "::ffff:203.0.113.7", {}), "203.0.113.7");
  EXPECT_EQ(client({}, "2001:db8::1", {}), "2001:db8::1");
}

TEST(ClientAddress, IsNotTakenFromWhatIsNotOne) {
  for (const char* sent :
       {"_hidden", "203.0.113", "203.0.113.256", "203.0.113.07", "203.0.113.7.", "203.0.113.7:http",
        "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]x", "[203.0.113.7:1]:2:3", "::g", "1:2:3",
        "203.0.113.7 6.6.6.6", "\"203.0.113.7", "for=203.0.113.7", "[]", "[]:1", ":443", "%eth0"}) {
    EXPECT_EQ(client({"loopback"}, "127.0.0.1", {sent}), "127.0.0.1") << sent;
  }
}

TEST(ClientAddress, ComesFromForwardedWhenThatIsAllThereIs) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"for=203.0.113.7"}, "203.0.113.7"},
      {{"For=\"[2001:DB8:cafe::17]:4711\""}, "2001:db8:cafe::17"},
      {{"for=6.6.6.6, for=203.0.113.7;proto=https;by=10.0.0.1"}, "203.0.113.7"},
      {{"for=6.6.6.6", "proto=https; for=\"203.0.113.7:80\""}, "203.0.113.7"},
      {{"for=203.0.113.7, for=127.0.0.1"}, "203.0.113.7"},
      {{"for=203.0.113.7, proto=https"}, "203.0.113.7"},
      {{"for=203.0.113.7, ,"}, "203.0.113.7"},
      {{"host=\"a,b;for=6.6.6.6\";for=203.0.113.7"}, "203.0.113.7"},
      {{"host=\"a\\\",for=6.6.6.6\";for=203.0.113.7"}, "203.0.113.7"},
      {{"for=unknown"}, "127.0.0.1"},
      {{"for=_x1"}, "127.0.0.1"},
      {{"for=\"203.0.113.7"}, "127.0.0.1"},
      {{"for"}, "127.0.0.1"},
      {{";;=;,,="}, "127.0.0.1"},
  };
  for (const auto& [lines, address] : cases) {
    EXPECT_EQ(client({"loopback"}, "127.0.0.1", lines, "Forwarded"), address) << lines[0];
    EXPECT_EQ(client({}, "127.0.0.1", lines, "Forwarded"), "127.0.0.1");
  }
  const http::Header both[] = {{"Forwarded", "for=6.6.6.6"}, {"X-Forwarded-For", "203.0.113.7"}};
  http::Request request;
  request.peer_address = "127.0.0.1";
  request.headers = both;
  const std::vector<std::string> trusted{"loopback"};
  EXPECT_EQ(TrustedProxies::parse(trusted)->client_of(request).address.view(), "203.0.113.7");
}

TEST(ClientAddress, IsTheLastTrustedOneOfAChainWithoutEnd) {
  std::string chain = "203.0.113.7";
  for (int i = 0; i < 10'000; ++i) chain += ",127.0.0.1";
  EXPECT_EQ(client({"loopback"}, "127.0.0.1", {chain}), "127.0.0.1");
  EXPECT_EQ(client({"loopback"}, "127.0.0.1", {std::string(60'000, ',')}), "127.0.0.1");
}

TEST(Client, IsBehindAProxyWhenTheConnectionIsATrustedOnes) {
  const std::vector<std::string> trusted{"10.0.0.0/8"};
  const auto proxies = TrustedProxies::parse(trusted);
  http::Request request;
  request.peer_address = "10.1.2.3";
  EXPECT_TRUE(proxies->client_of(request).behind_proxy);
  request.peer_address = "203.0.113.7";
  EXPECT_FALSE(proxies->client_of(request).behind_proxy);
  request.peer_address = "nowhere";
  EXPECT_FALSE(proxies->client_of(request).behind_proxy);
  EXPECT_EQ(proxies->client_of(request).address.view(), "nowhere");
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
