#pragma once
// A field of a row's message that can be named at run time: how a JSON parser fills row structs
// without a list of fields of its own. find_field() is declared per message in row/row.h.

#include <cassert>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rs::row {

enum class FieldKind : std::uint8_t { kString, kInt64, kDouble, kBool };

// The setters ask for the field's own kind, and never convert.
template <class Message>
class Field {
 public:
  constexpr Field(std::string_view name, std::optional<std::string_view> Message::*member)
      : name_(name), kind_(FieldKind::kString), string_(member) {}
  constexpr Field(std::string_view name, std::optional<std::int64_t> Message::*member)
      : name_(name), kind_(FieldKind::kInt64), int64_(member) {}
  constexpr Field(std::string_view name, std::optional<double> Message::*member)
      : name_(name), kind_(FieldKind::kDouble), double_(member) {}
  constexpr Field(std::string_view name, std::optional<bool> Message::*member)
      : name_(name), kind_(FieldKind::kBool), bool_(member) {}

  [[nodiscard]] constexpr std::string_view name() const { return name_; }
  [[nodiscard]] constexpr FieldKind kind() const { return kind_; }

  [[nodiscard]] bool is_set(const Message& message) const {
    switch (kind_) {
      case FieldKind::kString:
        return (message.*string_).has_value();
      case FieldKind::kInt64:
        return (message.*int64_).has_value();
      case FieldKind::kDouble:
        return (message.*double_).has_value();
      case FieldKind::kBool:
        break;
    }
    return (message.*bool_).has_value();
  }
  void clear(Message& message) const {
    switch (kind_) {
      case FieldKind::kString:
        (message.*string_).reset();
        break;
      case FieldKind::kInt64:
        (message.*int64_).reset();
        break;
      case FieldKind::kDouble:
        (message.*double_).reset();
        break;
      case FieldKind::kBool:
        (message.*bool_).reset();
        break;
    }
  }
  // `value` must outlive the message.
  void set_string(Message& message, std::string_view value) const {
    assert(kind_ == FieldKind::kString);
    message.*string_ = value;
  }
  void set_int64(Message& message, std::int64_t value) const {
    assert(kind_ == FieldKind::kInt64);
    message.*int64_ = value;
  }
  void set_double(Message& message, double value) const {
    assert(kind_ == FieldKind::kDouble);
    message.*double_ = value;
  }
  void set_bool(Message& message, bool value) const {
    assert(kind_ == FieldKind::kBool);
    message.*bool_ = value;
  }

 private:
  std::string_view name_;
  FieldKind kind_;
  union {
    std::optional<std::string_view> Message::*string_;
    std::optional<std::int64_t> Message::*int64_;
    std::optional<double> Message::*double_;
    std::optional<bool> Message::*bool_;
  };
};

// The scalar field `name` of Message; null when it has none. Messages and repeated fields are not
// found, nor is what only the server sets and JSON has no type for (DATE). Never allocates.
template <class Message>
[[nodiscard]] const Field<Message>* find_field(std::string_view name);

}  // namespace rs::row
