#pragma once
// Row to protobuf wire bytes (message Row of proto/event.proto), byte for byte what generated
// protobuf code writes. The memory is kept from row to row, so a warm encoder allocates nothing.
// Not thread-safe: one per request thread. A row of 2 GiB or more is beyond protobuf; the limit on
// request bodies is far below.

#include <string_view>

#include "row/row.h"
#include "row/wire_writer.h"

namespace rs::row {

class Encoder {
 public:
  // Valid until the next encode().
  [[nodiscard]] std::string_view encode(const Row& row);

 private:
  WireBuffer buffer_;
};

}  // namespace rs::row
