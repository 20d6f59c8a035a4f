#include "event/flat_params.h"

#include "event/column_name.h"
#include "event/param_reader.h"

namespace rs::event {
namespace {

void set_column(const row::EventParam& param, std::optional<row::Ecommerce>& ecommerce) {
  const auto* column = row::find_field<row::Ecommerce>(column_name(*param.key));
  if (column == nullptr || (ecommerce && column->is_set(*ecommerce))) return;
  const row::ParamValue& value = *param.value;
  if (column->kind() == row::FieldKind::kString) {
    if (!value.string_value) return;
    if (!ecommerce) ecommerce.emplace();
    column->set_string(*ecommerce, *value.string_value);
  } else if (column->kind() == row::FieldKind::kDouble && !value.string_value) {
    if (!ecommerce) ecommerce.emplace();
    column->set_double(*ecommerce, value.int_value ? static_cast<double>(*value.int_value)
                                                   : value.double_value.value_or(0));
  }
}

}  // namespace

void FlatParams::clear() {
  if (params_.empty()) return;
  params_.clear();
  places_ = {};
}

bool FlatParams::read(const Path& path, const FlatKey& key, JsonCursor& json, ValueReader& values,
                      bool& taken) {
  std::optional<row::ParamValue> value;
  taken = json.peek() != '{' && json.peek() != '[';
  if (!taken || key.kind == FlatKind::kTyped) {
    if (!values.scalar(path, value)) return false;
  } else if (key.kind == FlatKind::kNumber) {
    SentNumber sent;
    if (!values.number(path, problem::kNotNumber, sent)) return false;
    value = param_value_of(sent);
  } else {
    std::optional<std::string_view> text;
    if (!values.text(path, text)) return false;
    if (text && !text->empty()) value.emplace().string_value = text;
  }
  set(key, value);
  return true;
}

void FlatParams::set(const FlatKey& key, const std::optional<row::ParamValue>& value) {
  auto& place = places_[key.index];
  if (place == 0) {
    if (!value) return;
    params_.emplace_back().key = key.param;
    place = static_cast<std::uint8_t>(params_.size());
  }
  params_[place - 1U].value = value;
}

void FlatParams::add_to(std::vector<row::EventParam>& params,
                        std::optional<row::Ecommerce>& ecommerce, KeyTable& keys) {
  std::erase_if(params_, [](const row::EventParam& param) { return !param.value; });
  for (const auto& param : params_) set_column(param, ecommerce);
  // What event_params says comes behind, and so wins.
  params_.insert(params_.end(), params.begin(), params.end());
  keep_last_of_each_key(params_, keys);
  params.swap(params_);
  params_.clear();
  places_ = {};
}

}  // namespace rs::event
