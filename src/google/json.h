#pragma once
// Reads JSON of Google's services and of credential files: a path to a text, and no more.
// Copies the text it is given; not for the request path. One object for one thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rs::google {

class Json {
 public:
  // kInvalidInput when `text` is not a JSON object.
  [[nodiscard]] static Result<Json> parse(std::string_view text);
  Json(Json&&) noexcept;
  Json& operator=(Json&&) noexcept;
  ~Json();

  // The text at a path such as "/error/message" (RFC 6901). A number or a boolean as its text;
  // empty when there is nothing or something else.
  [[nodiscard]] std::string text(std::string_view path) const;
  [[nodiscard]] bool has(std::string_view path) const;
  // Elements of the array at `path`; 0 when it is none.
  [[nodiscard]] std::size_t count(std::string_view path) const;
  // The value at `path` as JSON text, or nothing.
  [[nodiscard]] std::optional<std::string> raw(std::string_view path) const;

 private:
  struct Parsed;
  explicit Json(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace rs::google
