// The text of one item: no byte of a value is made up, and what gtag would write of the item that
// was read reads back as the same item.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "ga4/item_text.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string doubled(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '~' ? "~~" : std::string(1, c));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rs::Arena arena;
  arena.clear();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  rs::row::Item item;
  rs::ga4::ItemNotes notes;
  if (!rs::ga4::read_item_text(text, arena, item, notes)) return 0;
  require(item.item_params.size() <= 30);

  std::string again = "qt1";
  const auto add = [&](const char* key, const std::optional<std::string_view>& value) {
    if (value) again.append("~").append(key).append(doubled(*value));
  };
  add("id", item.item_id);
  add("nm", item.item_name);
  add("va", item.item_variant);
  add("c5", item.item_category5);
  rs::row::Item copy;
  require(rs::ga4::read_item_text(again, arena, copy, notes));
  require(copy.item_id == item.item_id && copy.item_name == item.item_name);
  require(copy.item_variant == item.item_variant && copy.item_category5 == item.item_category5);
  return 0;
}
