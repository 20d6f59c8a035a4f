// Cookie headers, and what proxies write about the request before them: whatever is found is a part
// of what was sent, and valid; a client's address is its own canonical text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collect/client_address.h"
#include "collect/cookie.h"
#include "collect/proxy_headers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rs::collect;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const UserIdCookie kCookie{CookieSettings{}};
  const auto id = kCookie.find(text);
  if (id.size() > 128 || (!id.empty() && text.find(id) == std::string_view::npos)) std::abort();
  for (const char c : id) {
    if (c <= ' ' || c >= 0x7f || c == ';') std::abort();
  }

  static const auto kProxies =
      TrustedProxies::parse(std::vector<std::string>{"loopback", "private", "2001:db8::/33"});
  for (const std::string_view name : {"X-Forwarded-For", "Forwarded", "X-Forwarded-Host"}) {
    const rs::http::Header header{name, text};
    rs::http::Request request;
    request.peer_address = "127.0.0.1";
    request.headers = {&header, 1};
    const auto client = kProxies->client_of(request).address;
    const auto address = IpAddress::parse(client.view());
    if (!address || IpText(*address).view() != client.view()) std::abort();
    const auto host = forwarded_host(request);
    if (!host.empty() && text.find(host) == std::string_view::npos) std::abort();
  }
  return 0;
}
