#include "enrich/money.h"

#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include "event/json_cursor.h"

namespace rs::enrich {
namespace {

using row::Ecommerce, row::EventParam, row::ParamValue;

struct Amount {
  std::string_view key;
  std::optional<double> Ecommerce::*column;
};
constexpr std::array<Amount, 3> kAmounts = {{{"value", &Ecommerce::value},
                                             {"tax", &Ecommerce::tax_value},
                                             {"shipping", &Ecommerce::shipping_value}}};
struct Text {
  std::string_view key;
  std::optional<std::string_view> Ecommerce::*column;
};
constexpr std::array<Text, 3> kTexts = {{{"currency", &Ecommerce::currency},
                                         {"transaction_id", &Ecommerce::transaction_id},
                                         {"coupon", &Ecommerce::coupon}}};
constexpr std::size_t kKeys = kAmounts.size() + kTexts.size();

// Which of the keys `key` is; kKeys for another one.
std::size_t find_key(std::string_view key) {
  switch (key.size()) {
    case 3:
      return key == "tax" ? 1 : kKeys;
    case 5:
      return key == "value" ? 0 : kKeys;
    case 6:
      return key == "coupon" ? 5 : kKeys;
    case 8:
      if (key == "currency") return 3;
      return key == "shipping" ? 2 : kKeys;
    case 14:
      return key == "transaction_id" ? 4 : kKeys;
    default:
      return kKeys;
  }
}

std::optional<double> amount_of(const ParamValue& value) {
  if (value.int_value) return static_cast<double>(*value.int_value);
  if (value.double_value) return value.double_value;
  if (value.float_value) return value.float_value;
  event::JsonNumber number;
  if (!value.string_value || !event::parse_json_number(*value.string_value, number) ||
      !std::isfinite(number.value)) {
    return std::nullopt;
  }
  return number.value;
}

std::optional<std::string_view> text_of(const ParamValue& value, Arena& arena) {
  if (value.string_value) {
    if (value.string_value->empty()) return std::nullopt;
    return value.string_value;
  }
  if (!value.int_value) return std::nullopt;
  constexpr std::size_t kDigits = 20;
  char* const start = arena.allocate(kDigits);
  const auto written = std::to_chars(start, start + kDigits, *value.int_value);
  return std::string_view(start, static_cast<std::size_t>(written.ptr - start));
}

ParamValue amount_param(double amount) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  ParamValue value;
  if (std::abs(amount) <= kExact && std::trunc(amount) == amount) {
    value.int_value = static_cast<std::int64_t>(amount);
  } else {
    value.double_value = amount;
  }
  return value;
}

// The client's parameters with `count` more places behind them.
std::span<EventParam> with_places(std::span<const EventParam> params, std::size_t count,
                                  Arena& arena) {
  auto* const list = arena.allocate_array<EventParam>(params.size() + count);
  std::uninitialized_copy(params.begin(), params.end(), list);
  return {list, params.size() + count};
}

}  // namespace

void add_money(Arena& arena, row::Row& row) {
  std::array<const ParamValue*, kKeys> sent{};
  bool any = row.ecommerce.has_value();
  for (const auto& param : row.event_params) {
    const std::size_t key = find_key(*param.key);
    if (key == kKeys || !param.value) continue;
    sent[key] = &*param.value;
    any = true;
  }
  if (!any) return;

  if (!row.ecommerce) row.ecommerce.emplace();
  Ecommerce& columns = *row.ecommerce;
  std::array<EventParam, kKeys> missing;
  std::size_t count = 0;
  const auto add_param = [&](std::string_view key) -> ParamValue& {
    missing[count].key = key;
    return missing[count++].value.emplace();
  };
  for (std::size_t i = 0; i < kAmounts.size(); ++i) {
    const auto& [key, member] = kAmounts[i];
    auto& column = columns.*member;
    if (sent[i] != nullptr) {
      if (!column) column = amount_of(*sent[i]);
    } else if (column) {
      add_param(key) = amount_param(*column);
    }
  }
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const auto& [key, member] = kTexts[i];
    auto& column = columns.*member;
    const auto* const param = sent[kAmounts.size() + i];
    if (param != nullptr) {
      if (!column) column = text_of(*param, arena);
    } else if (column && !column->empty()) {
      add_param(key).string_value = column;
    }
  }
  if (count == 0) return;
  const auto params = with_places(row.event_params, count, arena);
  std::uninitialized_copy_n(missing.begin(), count,
                            params.end() - static_cast<std::ptrdiff_t>(count));
  row.event_params = params;
}

}  // namespace rs::enrich
