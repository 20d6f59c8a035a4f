#pragma once
// An encoded row as JSON text, for people, dead letters and sinks that speak JSON.
// One object, keys in column order, absent fields left out, repeated ones as arrays. int64 as
// numbers with all digits, doubles so that they read back the same (null for NaN and infinity),
// DATE "2026-01-15", TIMESTAMP "2026-01-15T10:30:45.123456Z"; of these two, what is outside the
// years 1 to 9999 is a plain number. JSON columns are embedded as they are: only our own services
// write them. Invalid UTF-8 becomes U+FFFD.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rs::row {

enum class JsonForm : std::uint8_t {
  kPlain,
  // What a BigQuery subscription of Pub/Sub with "use table schema" reads into the table's columns
  // (cloud.google.com/pubsub/docs/bigquery): an int64 beyond 2^53, which a JSON number need not
  // hold, is a string, and the value of a JSON column is a string with that JSON in it.
  kSubscription,
};

// Appends to `out`. When the bytes are malformed (kInvalidInput) `out` stays as it was.
[[nodiscard]] Result<void> append_json(std::string& out, std::string_view encoded,
                                       JsonForm form = JsonForm::kPlain);

}  // namespace rs::row
