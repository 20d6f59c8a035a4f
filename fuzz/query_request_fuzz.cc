// What a client of the query socket sends: read safely, and what is read means what was written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "query/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto request = rs::query::decode_query(bytes);
  if (request && rs::query::encode_query(*request) != bytes) std::abort();
  (void)rs::query::decode_error(bytes);
  return 0;
}
