// Cookie headers and X-Forwarded-For lists: whatever is found is a part of what was sent, and
// valid.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collect/client_address.h"
#include "collect/cookie.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = rs::collect::find_user_id(text);
  if (id.size() > 128 || (!id.empty() && text.find(id) == std::string_view::npos)) std::abort();
  for (const char c : id) {
    if (c <= ' ' || c >= 0x7f || c == ';') std::abort();
  }

  static const auto kProxies = rs::collect::TrustedProxies::parse(
      std::vector<std::string>{"loopback", "private", "2001:db8::/33"});
  const rs::http::Header header{"X-Forwarded-For", text};
  rs::http::Request request;
  request.peer_address = "127.0.0.1";
  request.headers = {&header, 1};
  const auto client = kProxies->client_of(request);
  if (client != request.peer_address && text.find(client) == std::string_view::npos) std::abort();
  return 0;
}
