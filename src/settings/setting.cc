#include "settings/setting.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace rs::settings {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::optional<bool> flag(std::string_view text) {
  for (const auto word : {"true", "1", "yes", "on"}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  for (const auto word : {"false", "0", "no", "off"}) {
    if (equals_ignoring_case(text, word)) return false;
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> json_items(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  if (parser.parse(text.data(), text.size()).get_array().get(array) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::vector<std::string> items;
  for (const auto element : array) {
    std::string_view item;
    if (element.get_string().get(item) != simdjson::SUCCESS) return std::nullopt;
    items.emplace_back(trim(item));
  }
  return items;
}

std::optional<std::vector<std::string>> list_items(std::string_view text) {
  if (!text.empty() && text[0] == '[') return json_items(text);
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto item = trim(take_until(text, ','));
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

std::string json_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) {
    out += out.size() == 1 ? "\"" : ",\"";
    append_json_escaped(out, item);
    out += '"';
  }
  return out + "]";
}

tl::unexpected<Error> must_be(std::string_view what) {
  return fail(ErrorCode::kInvalidInput, fmt::format("must be {}", what));
}

Result<std::string> put_list(const List& kind, std::string_view text, Settings& into) {
  auto items = list_items(text);
  if (!items) return must_be(allowed(kind));
  for (auto& item : *items) {
    if (item.empty()) return fail(ErrorCode::kInvalidInput, "has an empty item");
    auto tidied = kind.tidy(item);
    if (!tidied) {
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("has the item '{}', which {}", item, tidied.error().message));
    }
    item = std::move(*tidied);
  }
  std::string shown = json_list(*items);
  kind.put(into, std::move(*items));
  return shown;
}

}  // namespace

std::string allowed(const Kind& kind) {
  return std::visit(
      Overloaded{
          [](const WholeNumber& k) {
            return fmt::format("a whole number from {} to {}", k.least, k.most);
          },
          [](const Seconds& k) { return fmt::format("seconds from {} to {}", k.least, k.most); },
          [](const Flag&) { return std::string("true or false"); },
          [](const Choice& k) { return fmt::format("one of {}", fmt::join(k.words, ", ")); },
          [](const Text& k) { return std::string(k.allowed); },
          [](const List& k) {
            return fmt::format("a list (a JSON array of strings, or comma-separated) of {}",
                               k.allowed);
          }},
      kind);
}

Result<std::string> put(const Kind& kind, std::string_view text, Settings& into) {
  using Shown = Result<std::string>;
  return std::visit(Overloaded{[&](const WholeNumber& k) -> Shown {
                                 const auto value = number<std::uint64_t>(text);
                                 if (!value || *value < k.least || *value > k.most)
                                   return must_be(allowed(k));
                                 k.put(into, *value);
                                 return fmt::format("{}", *value);
                               },
                               [&](const Seconds& k) -> Shown {
                                 const auto value = number<double>(text);
                                 if (!value || !(*value >= k.least && *value <= k.most)) {
                                   return must_be(allowed(k));
                                 }
                                 const auto millis = std::llround(*value * 1000);
                                 k.put(into, std::chrono::milliseconds(millis));
                                 return fmt::format("{}", static_cast<double>(millis) / 1000);
                               },
                               [&](const Flag& k) -> Shown {
                                 const auto value = flag(text);
                                 if (!value) return must_be(allowed(k));
                                 k.put(into, *value);
                                 return std::string(*value ? "true" : "false");
                               },
                               [&](const Choice& k) -> Shown {
                                 for (std::size_t i = 0; i < k.words.size(); ++i) {
                                   if (!equals_ignoring_case(text, k.words[i])) continue;
                                   k.put(into, i);
                                   return std::string(k.words[i]);
                                 }
                                 return must_be(allowed(k));
                               },
                               [&](const Text& k) -> Shown {
                                 RS_TRY(std::string value, k.tidy(text));
                                 k.put(into, value);
                                 return value;
                               },
                               [&](const List& k) { return put_list(k, text, into); }},
                    kind);
}

}  // namespace rs::settings
