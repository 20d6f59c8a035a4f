#pragma once
// A row as a Pub/Sub message: its JSON as a BigQuery subscription takes it, and what subscribers
// may filter by without reading that. Limits: cloud.google.com/pubsub/quotas.

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "sink/pubsub_settings.h"

namespace google::pubsub::v1 {  // NOLINT(readability-identifier-naming)
class PubsubMessage;
}

namespace rs::sink {

inline constexpr std::size_t kMessageBytesMax = 10'000'000;  // Of the data.
inline constexpr std::size_t kAttributeBytesMax = 1'024;     // Of a value, and of an ordering key.

// Of an encoded row; empty where it has none. Of malformed bytes, what stands before the error.
struct MessageLabels {
  std::string_view event_id, event_name, stream_id, user_pseudo_id;
};
[[nodiscard]] MessageLabels read_labels(std::string_view encoded);

// Sets data, the attributes event_id, event_name and stream_id (each if the row has it, cut to what
// an attribute can hold; the data has it whole) and perhaps the ordering key. Returns the bytes
// that the message takes in a request, at most 50 too many. kInvalidInput: malformed bytes;
// kTooLarge: more than a message can hold. Then no service will ever take the row.
[[nodiscard]] Result<std::size_t> fill_message(::google::pubsub::v1::PubsubMessage& message,
                                               std::string_view encoded, PubSubOrdering ordering);

}  // namespace rs::sink
