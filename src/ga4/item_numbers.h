#pragma once
// The numbers of an item. What a column cannot hold is kept as a parameter of the item with the
// column's name, as for events of the native protocol (event/value_reader.h): a quantity of 1.85 is
// 2 pieces and the parameter quantity 1.85, a price "free" is no price and the parameter "free".

#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "row/row.h"

namespace rs::ga4 {

// Sets price, discount or quantity, which `column` names, from a number or text. What must be kept
// is the value of a parameter; nothing when the column holds all of it.
[[nodiscard]] std::optional<row::ParamValue> set_item_number(std::string_view column,
                                                             std::optional<double> number,
                                                             std::string_view text,
                                                             row::Item& item);

// For Payload::exact_quantities, from the kept parameters.
[[nodiscard]] std::span<const double> exact_quantities(std::span<const row::Item> items,
                                                       Arena& arena);

}  // namespace rs::ga4
