#pragma once
// What the Pub/Sub sink is told. Plain data; names and defaults of what an operator may set stand
// in app/settings_table.cc.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sink/bigquery_settings.h"

namespace rs::sink {

inline constexpr const char* kPubSubEndpoint = "pubsub.googleapis.com:443";

// The order of the words in app/settings_table.cc.
enum class PubSubOrdering : std::uint8_t {
  kNone,
  kUser,  // Messages of one user_pseudo_id arrive in the order of their rows.
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

  // The table that a BigQuery subscription of the topic fills: made or compared at the start.
  std::optional<BigQuerySettings> table{};

  // "projects/P/topics/T"
  [[nodiscard]] std::string topic_path() const {
    return "projects/" + project + "/topics/" + topic;
  }
};

}  // namespace rs::sink
