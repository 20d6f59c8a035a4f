#include "ga4/item_text.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>

#include "ga4/item_numbers.h"
#include "ga4/number_text.h"

namespace rs::ga4 {
namespace {

using row::Item;

constexpr std::size_t kCustomMax = 27;

// What a token is about. Custom names and values follow the columns, kCustomMax of each.
enum Key : std::uint8_t {
  kId,
  kName,
  kBrand,
  kVariant,
  kCategory,
  kCategory2,
  kCategory3,
  kCategory4,
  kCategory5,
  kCoupon,
  kListName,
  kListId,
  kAffiliation,
  kPromotionId,
  kPromotionName,
  kCreativeName,
  kCreativeSlot,
  kLocation,
  kTexts,  // Columns before this one are text; see kTextColumns.
  kPrice = kTexts,
  kQuantity,
  kDiscount,
  kPosition,
  kCustomName,
  kCustomValue = kCustomName + kCustomMax,
  kNone = kCustomValue + kCustomMax
};

constexpr std::array<std::optional<std::string_view> Item::*, kTexts> kTextColumns = {
    &Item::item_id,        &Item::item_name,      &Item::item_brand,     &Item::item_variant,
    &Item::item_category,  &Item::item_category2, &Item::item_category3, &Item::item_category4,
    &Item::item_category5, &Item::coupon,         &Item::item_list_name, &Item::item_list_id,
    &Item::affiliation,    &Item::promotion_id,   &Item::promotion_name, &Item::creative_name,
    &Item::creative_slot,  &Item::location_id};

constexpr unsigned pair(char first, char second) {
  return static_cast<unsigned char>(first) * 256U + static_cast<unsigned char>(second);
}

// The number of a custom parameter, 0 to 26; kCustomMax for a character that is not an index.
std::size_t custom_number(char index) {
  if (index >= '0' && index <= '9') return static_cast<std::size_t>(index - '0');
  return index >= 'A' && index <= 'Q' ? static_cast<std::size_t>(index - 'A') + 10 : kCustomMax;
}

std::size_t find_key(char first, char second) {
  switch (pair(first, second)) {
    case pair('i', 'd'):
      return kId;
    case pair('n', 'm'):
      return kName;
    case pair('b', 'r'):
      return kBrand;
    case pair('v', 'a'):
      return kVariant;
    case pair('c', 'a'):
      return kCategory;
    case pair('c', '2'):
      return kCategory2;
    case pair('c', '3'):
      return kCategory3;
    case pair('c', '4'):
      return kCategory4;
    case pair('c', '5'):
      return kCategory5;
    case pair('c', 'p'):
      return kCoupon;
    case pair('l', 'n'):
      return kListName;
    case pair('l', 'i'):
      return kListId;
    case pair('a', 'f'):
      return kAffiliation;
    case pair('p', 'i'):
      return kPromotionId;
    case pair('p', 'n'):
      return kPromotionName;
    case pair('c', 'n'):
      return kCreativeName;
    case pair('c', 's'):
      return kCreativeSlot;
    case pair('l', 'o'):
      return kLocation;
    case pair('p', 'r'):
      return kPrice;
    case pair('q', 't'):
      return kQuantity;
    case pair('d', 's'):
      return kDiscount;
    case pair('l', 'p'):
      return kPosition;
    default:
      break;
  }
  const std::size_t number = custom_number(second);
  if (number == kCustomMax || (first != 'k' && first != 'v')) return kNone;
  return number + (first == 'k' ? std::size_t{kCustomName} : std::size_t{kCustomValue});
}

// One pass over one text.
class ItemReader {
 public:
  ItemReader(std::string_view text, Arena& arena, Item& item, ItemNotes& notes)
      : text_(text), arena_(arena), item_(item), notes_(notes) {}

  bool read() {
    std::size_t start = 0;
    while (start < text_.size()) {
      const std::size_t key = key_at(start);
      if (key != kNone) {
        if (key_ != kNone) set(value_until(start - 1));
        key_ = key;
        seen_.set(key);
        value_start_ = start + 2;
      }
      start = behind_separator(start);
    }
    if (key_ == kNone) return false;
    set(value_until(text_.size()));
    add_params();
    return true;
  }

 private:
  // Where the token behind the next separator starts; the size of the text without one.
  std::size_t behind_separator(std::size_t at) const {
    while (true) {
      at = text_.find('~', at);
      if (at == std::string_view::npos) return text_.size();
      std::size_t end = at;
      while (end < text_.size() && text_[end] == '~') ++end;
      if ((end - at) % 2 == 1) return end;
      at = end;
    }
  }

  // The key that begins a new value at `start`; kNone when the token belongs to the value before.
  std::size_t key_at(std::size_t start) const {
    if (text_.size() - start < 2) return kNone;
    const std::size_t key = find_key(text_[start], text_[start + 1]);
    if (key == kNone || seen_[key]) return kNone;
    return key < kCustomValue || seen_[key - kCustomMax] ? key : std::size_t{kNone};
  }

  // The value that began last, up to `end`, with each pair of tildes as one.
  std::string_view value_until(std::size_t end) {
    const auto value = text_.substr(value_start_, end - value_start_);
    if (value.find("~~") == std::string_view::npos) return value;
    char* const start = arena_.allocate(value.size());
    char* out = start;
    for (std::size_t i = 0; i < value.size(); ++i) {
      *out++ = value[i];
      if (value[i] == '~' && i + 1 < value.size() && value[i + 1] == '~') ++i;
    }
    return {start, static_cast<std::size_t>(out - start)};
  }

  void set(std::string_view value) {
    if (key_ < kTexts) {
      if (!value.empty()) item_.*kTextColumns[key_] = value;
    } else if (key_ >= kCustomValue) {
      custom_values_[key_ - kCustomValue] = value;
    } else if (key_ >= kCustomName) {
      custom_names_[custom_count_++] = {key_ - kCustomName, value};
    } else {
      set_number(value);
    }
  }

  void set_number(std::string_view value) {
    if (key_ == kPosition) {
      if (!value.empty()) item_.item_list_index = value;
      item_.index = read_int(value);
      return;
    }
    const std::string_view column = key_ == kPrice      ? "price"
                                    : key_ == kDiscount ? "discount"
                                                        : "quantity";
    const auto kept = set_item_number(column, read_double(value), value, item_);
    if (kept) kept_[kept_count_++] = {column, *kept};
  }

  void add_params() {
    if (custom_count_ + kept_count_ == 0) return;
    params_ = arena_.allocate_array<row::EventParam>(custom_count_ + kept_count_);
    for (std::size_t i = 0; i < custom_count_; ++i) {
      const auto [number, name] = custom_names_[i];
      if (name.empty() || !seen_[kCustomValue + number]) {
        ++notes_.dropped;
        continue;
      }
      auto* const same = find_param(name);
      auto& param = same == nullptr ? *::new (&params_[size_++]) row::EventParam : *same;
      param.key = name;
      param.value.emplace().string_value = custom_values_[number];
    }
    for (std::size_t i = 0; i < kept_count_; ++i) {
      ++notes_.kept;
      if (find_param(kept_[i].name) != nullptr) continue;  // The client's own.
      auto& param = *::new (&params_[size_++]) row::EventParam;
      param.key = kept_[i].name;
      param.value = kept_[i].value;
    }
    item_.item_params = {params_, size_};
  }

  // Null when there is none of this name.
  row::EventParam* find_param(std::string_view name) const {
    auto* const end = params_ + size_;
    auto* const found = std::find_if(
        params_, end, [name](const row::EventParam& param) { return *param.key == name; });
    return found == end ? nullptr : found;
  }

  struct CustomName {
    std::size_t number;
    std::string_view name;
  };
  struct Kept {
    std::string_view name;
    row::ParamValue value;
  };

  std::string_view text_;
  Arena& arena_;
  Item& item_;
  ItemNotes& notes_;
  std::bitset<kNone> seen_;
  std::size_t key_ = kNone, value_start_ = 0;  // Of the value that began last.
  std::array<CustomName, kCustomMax> custom_names_;
  std::array<std::string_view, kCustomMax> custom_values_;
  std::size_t custom_count_ = 0;
  std::array<Kept, 3> kept_;  // Price, discount, quantity.
  std::size_t kept_count_ = 0;
  row::EventParam* params_ = nullptr;  // In the arena.
  std::size_t size_ = 0;
};

}  // namespace

bool read_item_text(std::string_view text, Arena& arena, Item& item, ItemNotes& notes) {
  return ItemReader(text, arena, item, notes).read();
}

}  // namespace rs::ga4
