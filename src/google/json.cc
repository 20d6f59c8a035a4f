#include "google/json.h"

#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace rs::google {

struct Json::Parsed {
  simdjson::dom::parser parser;
  simdjson::dom::element root;

  // Null when nothing is there.
  [[nodiscard]] std::optional<simdjson::dom::element> at(std::string_view path) const {
    simdjson::dom::element found;
    if (path.empty()) return root;
    if (root.at_pointer(path).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
  }
};

Json::Json(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Result<Json> Json::parse(std::string_view text) {
  auto parsed = std::make_unique<Parsed>();
  const auto error = parsed->parser.parse(simdjson::padded_string(text)).get(parsed->root);
  if (error != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("not JSON: {}", simdjson::error_message(error)));
  }
  if (!parsed->root.is_object()) return fail(ErrorCode::kInvalidInput, "not a JSON object");
  return Json(std::move(parsed));
}

std::string Json::text(std::string_view path) const {
  const auto found = parsed_->at(path);
  if (!found) return {};
  std::string_view text;
  if (found->get(text) == simdjson::SUCCESS) return std::string(text);
  if (found->is_number() || found->is_bool()) return raw(path).value_or("");
  return {};
}

bool Json::has(std::string_view path) const {
  return parsed_->at(path).has_value();
}

std::size_t Json::count(std::string_view path) const {
  const auto found = parsed_->at(path);
  simdjson::dom::array array;
  if (!found || found->get(array) != simdjson::SUCCESS) return 0;
  std::size_t count = 0;
  for (const auto each : array) {
    static_cast<void>(each);
    ++count;
  }
  return count;
}

std::optional<std::string> Json::raw(std::string_view path) const {
  const auto found = parsed_->at(path);
  if (!found) return std::nullopt;
  return simdjson::minify(*found);
}

}  // namespace rs::google
