// Data of a message from a subscription: it is refused, or becomes a row that the decoder reads and
// that comes back the same from its own JSON.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "event/row_json.h"
#include "row/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  static rs::event::RowJsonReader reader, again;
  const rs::event::MessageMetadata metadata{"projects/p/subscriptions/s", "1", 1, "{}"};
  if (reader.read(json, &metadata).has_value() != reader.read(json).has_value()) {
    // Only what stands in the four columns that are set may make a difference.
    if (!reader.read(json, &metadata)) __builtin_trap();
    return 0;
  }
  const auto row = reader.read(json);
  if (!row) return 0;
  std::string text;
  if (!rs::row::append_json(text, *row, rs::row::JsonForm::kSubscription)) __builtin_trap();
  const auto same = again.read(text);
  if (!same || *same != *row) __builtin_trap();
  return 0;
}
