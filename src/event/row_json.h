#pragma once
// The row in the JSON text of a message: what row::append_json(kSubscription) writes, read back
// into an encoded row by the same columns. It takes what a BigQuery subscription of Pub/Sub with
// "use table schema" takes (cloud.google.com/pubsub/docs/bigquery): an INTEGER as number or text, a
// DATE as text or days, a TIMESTAMP as text (RFC 3339) or microseconds, a JSON column as text with
// JSON in it; keys in any order; null is absent. All else is refused with the field's name: an
// unknown or repeated key, another type, a value that the type cannot hold.
// Not thread-safe; reused from message to message, and warm it does not allocate for keys in order.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "event/json_index.h"

namespace rs::event {

// What Pub/Sub knows of a message: the four columns of a subscription "with metadata".
struct MessageMetadata {
  std::string_view subscription_name, message_id;
  std::int64_t publish_time = 0;  // Microseconds since 1970.
  std::string_view attributes;    // A JSON object.
};

class RowJsonReader {
 public:
  RowJsonReader() = default;

  // The encoded row, valid until the next call. With `metadata` these columns are set from it,
  // whatever the text says of them. kInvalidInput: the text is no row; the message says why.
  [[nodiscard]] Result<std::string_view> read(std::string_view json,
                                              const MessageMetadata* metadata = nullptr);

 private:
  class Pass;
  // A member of an object being read: where its bytes lie. They are put in the order of the columns
  // when they came in another.
  struct Member {
    std::size_t column, start, end;
  };

  JsonIndex index_, inner_index_;  // Of the text, and of a JSON column in it.
  Arena arena_;
  std::string encoded_;
  std::vector<Member> members_;  // Of all objects that are open.
};

}  // namespace rs::event
