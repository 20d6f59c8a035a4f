#pragma once
// Numbers as people and shops write them into text, where JSON would have a number.
//   " 42 "  "+5"  "007"  ".5"  "5."  "4.0e1"      numbers by more than JSON's grammar
//   "$19.99"  "19,99 EUR"  "US$ 5"  "12.50 kr"     with a currency's symbol or code, kSymbols
//   "1,299.00"  "1.299,00"  "1 299,00"  "1'299"    with separators between groups of three digits
//   "1,5"                                          with a comma for the point
// A lone comma before exactly three digits separates thousands ("1,299" is 1299), unless a zero
// comes first ("0,125" is 0.125); a lone point is always the point ("1.299" is 1.299,
// as a number would be). All else is not a number: "10%", "2 for 5", "1,2,3", "free".

#include <string_view>

#include "event/json_cursor.h"

namespace rs::event {

// Without blanks at both ends: those of ASCII.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

// False when `text` is not a number. `text` has no blanks at its ends; longer than 400 bytes is
// never a number. The text of `out` is not set.
[[nodiscard]] bool read_number_text(std::string_view text, JsonNumber& out);

// The same without currencies and separators.
[[nodiscard]] bool read_plain_number_text(std::string_view text, JsonNumber& out);

}  // namespace rs::event
