#pragma once
// What proxies write about the request before them: X-Forwarded-For and X-Forwarded-Host, and
// Forwarded (RFC 7239), which counts where the other is absent. Whether a proxy is believed is not
// decided here (client_address.h). Several lines of one header are one list, in their order.
// Views into the request. The work is bounded: of a list only the last elements are looked at.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "http/message.h"

namespace rs::collect {

// The addresses that the proxies name, the nearest one first. Empty elements are passed over.
class ForwardedFor {
 public:
  static constexpr std::size_t kElementsMax = 32;  // No request passes more proxies.

  explicit ForwardedFor(const http::Request& request);

  // As they were written, with blanks, quotes and ports.
  [[nodiscard]] std::span<const std::string_view> nearest_first() const {
    return {elements_.data(), count_};
  }

 private:
  void add_list(std::string_view list);
  void add_forwarded(const http::Request& request);

  std::array<std::string_view, kElementsMax> elements_;
  std::size_t count_ = 0;
};

// The host that the browser asked, as the proxy farthest from here names it; perhaps with a port.
// Empty when no proxy says.
[[nodiscard]] std::string_view forwarded_host(const http::Request& request);

}  // namespace rs::collect
