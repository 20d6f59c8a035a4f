#pragma once
// The settings of the Pub/Sub sink. Plain data; names and defaults of what an operator may set
// stand in settings/table.cc.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace rs::google {
class TokenSource;
}

namespace rs::pubsub {

inline constexpr const char* kPubSubEndpoint = "pubsub.googleapis.com:443";

// The order of the words in settings/table.cc.
enum class PubSubOrdering : std::uint8_t {
  kNone,
  kUser,  // Messages of one user_pseudo_id arrive in the order of their rows.
};

// The table that a BigQuery subscription of the topic fills. Another folder knows BigQuery.
struct SubscriptionTable {
  bool needs_tokens = true;  // False for a test server, whose ensure() takes null.
  // Creates the table or compares its columns; waits for BigQuery's answers, until it is stopped.
  std::function<Result<void>(std::shared_ptr<google::TokenSource>, const std::stop_token&)> ensure;
};

struct PubSubSettings {
  std::string project{}, topic{};
  bool create_topic = false;  // When it is missing at the start.
  PubSubOrdering ordering = PubSubOrdering::kNone;
  std::string emulator{};  // A test server, host:port without TLS; empty for Google's own service.

  // Of one request. The service takes 1,000 messages and 10 MB, and so the rest is for headers.
  std::size_t request_messages_max = 1'000;
  std::size_t request_bytes_max = 1'048'576;
  std::chrono::milliseconds publish_timeout{10'000};  // Of one attempt.
  // Batches on the way at once. Throughput is at most window * batch / round trip.
  std::size_t window = 16;

  std::optional<SubscriptionTable> table{};  // Created or compared at the start.

  // "projects/P/topics/T"
  [[nodiscard]] std::string topic_path() const {
    return "projects/" + project + "/topics/" + topic;
  }
};

}  // namespace rs::pubsub
