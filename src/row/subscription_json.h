#pragma once
// For tests: what a BigQuery subscription with "use table schema" makes of a message, by the table
// in cloud.google.com/pubsub/docs/bigquery. Finds columns in the protobuf descriptor, not in
// columns(), so that it is a second opinion on what append_json() derives from those.

#include <string>
#include <string_view>

#include <event.pb.h>

namespace rs::row {

// Reads the message data `json` into `row`. Empty when all of it is right, else the first thing
// that is not, with its path: an unknown or repeated key, null, a value of another type, a number
// that a reader with doubles would change, a JSON column that holds no JSON.
[[nodiscard]] std::string read_subscription_json(std::string_view json, real_streaming::Row& row);

}  // namespace rs::row
