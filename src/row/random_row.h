#pragma once
// For tests: the same random row twice, as protobuf's own class and as our struct.

#include <cstdint>
#include <random>

#include <event.pb.h>

#include "base/arena.h"
#include "row/row.h"

namespace rs::row {

struct RandomRowSettings {
  double filled = 0.5;      // Share of the fields that have a value.
  bool table_types = true;  // Fill DATE, TIMESTAMP and JSON columns too.
  bool long_texts = true;   // Now and then a text of more than 127, or than 16383 bytes.
};

void fill(real_streaming::Row& message, const RandomRowSettings& settings, std::mt19937_64& random);

// A row of views into `message` and `arena`. Finds its fields with find_field(), by the names in
// the protobuf descriptor: fails the test when one is not there.
Row view(const real_streaming::Row& message, Arena& arena);

}  // namespace rs::row
