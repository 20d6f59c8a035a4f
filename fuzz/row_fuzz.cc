// Bytes from a damaged spool or dead letter: the decoder must refuse or read them, within bounds,
// and what the wire reader lets through must be readable to its end or refused.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "row/decode.h"
#include "row/wire_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string json = "before";
  const bool decoded = rs::row::append_json(json, bytes).has_value();
  if (decoded == (json == "before")) __builtin_trap();

  rs::row::WireReader in(bytes);
  rs::row::WireTag tag;
  while (!in.done() && in.tag(tag) && in.skip(tag.type)) {
  }
  // What the row decoder accepts, the plain reader accepts.
  if (decoded && !in.done()) __builtin_trap();
  return 0;
}
