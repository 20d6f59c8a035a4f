#pragma once
// A row as a Pub/Sub message: its JSON as a BigQuery subscription takes it, and what subscribers
// may filter by without reading that. Limits: cloud.google.com/pubsub/quotas.
// A Publish request is written as wire bytes (google/pubsub/v1/pubsub.proto), message by message:
// protobuf's objects cost as much as all the rest of publishing.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pubsub/settings.h"

namespace rs::pubsub {

inline constexpr std::size_t kMessageBytesMax = 10'000'000;  // Of the data.
inline constexpr std::size_t kAttributeBytesMax = 1'024;     // Of a value, and of an ordering key.

// Of an encoded row; empty where it has none. Of malformed bytes, what stands before the error.
struct MessageLabels {
  std::string_view event_id, event_name, stream_id, user_pseudo_id;
};
[[nodiscard]] MessageLabels read_labels(std::string_view encoded);

// Begins a request to `topic`, in place of what `request` held. Its messages follow.
void begin_publish_request(std::string& request, std::string_view topic);

// Appends a message with the row's data, the attributes event_id, event_name and stream_id (each if
// the row has it, cut to what an attribute can hold; the data has it whole) and perhaps an ordering
// key. kInvalidInput: malformed bytes; kTooLarge: more than a message can hold. Then no service
// will ever take the row, and `request` stays as it was.
[[nodiscard]] Result<void> append_message(std::string& request, std::string_view encoded,
                                          PubSubOrdering ordering);

}  // namespace rs::pubsub
