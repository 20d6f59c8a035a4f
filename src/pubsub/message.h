#pragma once
// A message of a subscription, as it was received. Plain data.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rs::pubsub {

struct Message {
  std::string ack_id;  // What it is acknowledged by; another one with each delivery.
  std::string message_id;
  std::string data;
  std::vector<std::pair<std::string, std::string>> attributes;  // By name.
  std::string ordering_key;
  std::int64_t publish_time = 0;  // Microseconds since 1970.
  std::uint64_t ticket = 0;       // Given by Leases.
};

}  // namespace rs::pubsub
