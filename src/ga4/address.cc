#include "ga4/address.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>

namespace rs::ga4 {

bool is_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, terminated.data(), bytes.data()) != 1 &&
      inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) {
    return false;
  }
  return std::any_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte != 0; });
}

}  // namespace rs::ga4
