#pragma once
// One item of a hit: the decoded value of pr1 to pr999.
//   idSKU_1~nmTee~brGoogle~pr10.01~qt3~k0color~v0red
// Tokens are separated by '~'; a token is a key of two characters and a value. gtag doubles each
// '~' inside a value, so of a run of tildes each pair is a '~' of the value before it, and one that
// is left over separates. Other senders do not double: a token that does not begin with a key, or
// repeats one, belongs to the value before it, with the '~' between.
// Custom parameters are pairs k<i>NAME and v<i>VALUE with one character of 0-9A-Q as i, so at most
// 27; the value may begin with digits (v142 is the value "42" of number 1).
// Linear in the length of the text. Source: ga4.md sections 3.3 and 10.19.

#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "row/row.h"

namespace rs::ga4 {

// What a reading came across that columns do not take.
struct ItemNotes {
  std::size_t dropped = 0;  // Custom parameters without a name or a value.
  std::size_t kept = 0;     // Numbers kept as parameters: see item_numbers.h.
};

// Fills `item`, which comes empty, with views into `text` and the arena, and adds to `notes`.
// False when the text has no key at all: then it is not an item.
[[nodiscard]] bool read_item_text(std::string_view text, Arena& arena, row::Item& item,
                                  ItemNotes& notes);

}  // namespace rs::ga4
