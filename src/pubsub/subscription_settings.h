#pragma once
// What is read, and how much of it is held at once. Plain data; names and defaults of what an
// operator may set stand in settings/table.cc.

#include <chrono>
#include <cstddef>
#include <string>

namespace rs::pubsub {

struct SubscriptionSettings {
  std::string project{}, subscription{};
  std::string emulator{};  // A test server, host:port without TLS; empty for Google's own service.
  // Of messages that are not acknowledged yet. One answer of the service may go beyond.
  std::size_t held_messages_max = 20'000;
  std::size_t held_bytes_max = 64 * 1024 * 1024;
  // How long a message is this reader's without a word from it: after a crash the service gives it
  // to another reader that much later. Extended at half of it. The service takes 10 to 600 s.
  std::chrono::seconds ack_deadline{60};
  std::chrono::milliseconds call_timeout{10'000};    // Of one acknowledgement or extension.
  std::chrono::milliseconds acknowledge_linger{50};  // Before a request that is not full is sent.
  std::chrono::milliseconds pause_first{100}, pause_longest{30'000};  // Between failed attempts.

  // "projects/P/subscriptions/S"
  [[nodiscard]] std::string path() const {
    return "projects/" + project + "/subscriptions/" + subscription;
  }
};

}  // namespace rs::pubsub
