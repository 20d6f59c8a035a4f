#pragma once
// A JSON value that can be changed: REST resources are kept and patched as such. Objects keep their
// order, numbers their digits. A value type; not thread-safe.

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rs::fakes {

class Json {
 public:
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;
  using Members = std::list<Member>;  // References to members stay good while others are added.

  Json() = default;  // null
  [[nodiscard]] static Json of(std::string_view text);
  [[nodiscard]] static Json of(const char* text) { return of(std::string_view(text)); }
  [[nodiscard]] static Json of(bool value);
  [[nodiscard]] static Json of(std::uint64_t value);
  [[nodiscard]] static Json raw(std::string text);  // JSON text that is put out as it is.
  [[nodiscard]] static Json array() { return Json(Kind::kArray); }
  [[nodiscard]] static Json object() { return Json(Kind::kObject); }
  [[nodiscard]] static Result<Json> parse(std::string_view text);  // kInvalidInput.

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::kNull; }
  // Of a string its characters, of a number or boolean its JSON text; else empty.
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool is_true() const { return text_ == "true"; }
  [[nodiscard]] std::vector<Json>& items() { return items_; }
  [[nodiscard]] const std::vector<Json>& items() const { return items_; }
  [[nodiscard]] Members& members() { return members_; }
  [[nodiscard]] const Members& members() const { return members_; }

  // The member; null pointer when there is none, or this is no object.
  [[nodiscard]] const Json* find(std::string_view key) const;
  [[nodiscard]] Json* find(std::string_view key);
  // find(...)->text() or "".
  [[nodiscard]] std::string_view text(std::string_view key) const;
  // The member, added when there is none. A null becomes an object.
  Json& operator[](std::string_view key);
  void remove(std::string_view key);
  void push(Json item) { items_.push_back(std::move(item)); }

  void print(std::string& out) const;
  [[nodiscard]] std::string print() const;

 private:
  explicit Json(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::kNull;
  std::string text_;
  std::vector<Json> items_;
  Members members_;
};

}  // namespace rs::fakes
