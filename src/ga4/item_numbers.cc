#include "ga4/item_numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rs::ga4 {
namespace {

constexpr std::string_view kQuantity = "quantity";

// The fraction of a piece behind the rounded column.
std::optional<double> exact_quantity(const row::Item& item) {
  if (!item.quantity) return std::nullopt;
  for (const auto& param : item.item_params) {
    if (*param.key == kQuantity && param.value) return param.value->double_value;
  }
  return std::nullopt;
}

std::optional<row::ParamValue> set_quantity(double quantity, row::Item& item) {
  constexpr double kLargest = 9e18;
  row::ParamValue kept;
  kept.double_value = quantity;
  if (!(std::abs(quantity) < kLargest)) return kept;
  const double nearest = std::round(quantity);
  // 0.3 kg are not nothing.
  item.quantity = nearest != 0 || quantity == 0 ? static_cast<std::int64_t>(nearest)
                                                : std::int64_t{quantity < 0 ? -1 : 1};
  if (nearest == quantity) return std::nullopt;
  return kept;
}

}  // namespace

std::optional<row::ParamValue> set_item_number(std::string_view column,
                                               std::optional<double> number, std::string_view text,
                                               row::Item& item) {
  if (!number) {
    if (text.empty()) return std::nullopt;
    row::ParamValue kept;
    kept.string_value = text;
    return kept;
  }
  if (column == kQuantity) return set_quantity(*number, item);
  (column == "price" ? item.price : item.discount) = number;
  return std::nullopt;
}

std::span<const double> exact_quantities(std::span<const row::Item> items, Arena& arena) {
  const auto is_exact = [](const row::Item& item) { return exact_quantity(item).has_value(); };
  if (std::none_of(items.begin(), items.end(), is_exact)) return {};
  auto* const out = arena.allocate_array<double>(items.size());
  std::transform(items.begin(), items.end(), out, [](const row::Item& item) {
    return exact_quantity(item).value_or(std::numeric_limits<double>::quiet_NaN());
  });
  return {out, items.size()};
}

}  // namespace rs::ga4
