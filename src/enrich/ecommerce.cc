#include "enrich/ecommerce.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <tuple>

#include "enrich/money.h"

namespace rs::enrich {
namespace {

// Of a price in doubles: 3 * 99.99 is 299.96999999999997, and money has no such digits. Six
// decimals are what BigQuery's micros keep; sums too large for them stay as they are.
double multiply_money(double price, double quantity) {
  constexpr double kMicros = 1e6, kLargest = 1e9;
  const double product = price * quantity;
  return std::abs(product) < kLargest ? std::round(product * kMicros) / kMicros : product;
}

std::int64_t count_unique(std::span<const row::Item> items, Arena& arena) {
  auto* const order = arena.allocate_array<std::size_t>(items.size());
  std::iota(order, order + items.size(), std::size_t{0});
  const auto identity = [&](std::size_t i) {
    return std::tie(items[i].item_id, items[i].item_name, items[i].item_brand);
  };
  std::sort(order, order + items.size(),
            [&](std::size_t a, std::size_t b) { return identity(a) < identity(b); });
  return std::unique(order, order + items.size(),
                     [&](std::size_t a, std::size_t b) { return identity(a) == identity(b); }) -
         order;
}

// Of 1.85 kg the price is that of 1.85, though the column says 2.
double exact_quantity(const event::Payload& payload, std::size_t i, const row::Item& item) {
  const bool exact = !payload.exact_quantities.empty() && !std::isnan(payload.exact_quantities[i]);
  return exact ? payload.exact_quantities[i] : static_cast<double>(*item.quantity);
}

std::span<const row::Item> complete_items(const event::Payload& payload, Arena& arena) {
  const bool purchase = payload.event_name == "purchase", refund = payload.event_name == "refund";
  auto* const items = arena.allocate_array<row::Item>(payload.items.size());
  std::uninitialized_copy(payload.items.begin(), payload.items.end(), items);
  for (std::size_t i = 0; i < payload.items.size(); ++i) {
    row::Item& item = items[i];
    if (!item.quantity) item.quantity = 1;
    if (!item.price) continue;
    const double amount = multiply_money(*item.price, exact_quantity(payload, i, item));
    if (purchase && !item.item_revenue && std::isfinite(amount)) item.item_revenue = amount;
    if (refund && !item.item_refund && std::isfinite(amount)) item.item_refund = amount;
  }
  return {items, payload.items.size()};
}

// Empty when the sum is beyond 64 bits.
std::optional<std::int64_t> sum_quantities(std::span<const row::Item> items) {
  std::int64_t sum = 0;
  for (const auto& item : items) {
    if (__builtin_add_overflow(sum, *item.quantity, &sum)) return std::nullopt;
  }
  return sum;
}

}  // namespace

void add_ecommerce(const event::Payload& payload, Arena& arena, row::Row& row) {
  if (payload.ecommerce) row.ecommerce = payload.ecommerce;
  add_money(arena, row);
  if (!payload.items.empty()) {
    row.items = complete_items(payload, arena);
    if (!row.ecommerce) row.ecommerce.emplace();
    auto& sums = *row.ecommerce;
    if (!sums.total_item_quantity) sums.total_item_quantity = sum_quantities(row.items);
    if (!sums.unique_items) sums.unique_items = count_unique(row.items, arena);
  }
  if (!row.ecommerce || !row.ecommerce->value) return;
  auto& sums = *row.ecommerce;
  if (payload.event_name == "purchase" && !sums.purchase_revenue)
    sums.purchase_revenue = sums.value;
  if (payload.event_name == "refund" && !sums.refund_value) sums.refund_value = sums.value;
}

}  // namespace rs::enrich
