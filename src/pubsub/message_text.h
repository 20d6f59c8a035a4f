#pragma once
// Messages as JSON text: for the row's column `attributes`, and whole, for the dead letters.

#include <string>
#include <string_view>

#include "pubsub/message.h"

namespace rs::pubsub {

// {"name":"value",...}, with "ordering_key" if there is one (BigQuery subscriptions put it there).
void append_attributes(std::string& out, const Message& message);

// The message as Pub/Sub's REST API writes it (PubsubMessage: data in base64), with the
// subscription it came from: what can be published again as it is.
[[nodiscard]] std::string message_text(const Message& message, std::string_view subscription);

}  // namespace rs::pubsub
