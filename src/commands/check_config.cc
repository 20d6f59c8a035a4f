#include "commands/check_config.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::commands {
namespace {

constexpr std::size_t kValueColumn = 30;  // A longer value pushes its source to the right.

std::string json_object(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out = "{";
  for (const auto& [name, text] : fields) {
    out += fmt::format("{}\"{}\":\"", out.size() == 1 ? "" : ",", name);
    append_json_escaped(out, text);
    out += '"';
  }
  return out + "}";
}

}  // namespace

std::string values_table(const settings::Reading& reading) {
  std::size_t name_column = 0, value_column = 0;
  for (const auto& value : reading.values) {
    name_column = std::max(name_column, value.setting->name.size());
    if (value.value.size() <= kValueColumn) {
      value_column = std::max(value_column, value.value.size());
    }
  }
  std::string out;
  for (const auto& value : reading.values) {
    out += fmt::format("{:<{}}  {:<{}}  {}\n", value.setting->name, name_column, value.value,
                       value_column, value.source);
  }
  return out;
}

std::string values_json(const settings::Reading& reading) {
  std::string out =
      fmt::format("{{\"ok\":{},\"settings\":[", reading.mistakes.empty() ? "true" : "false");
  std::string_view comma;
  for (const auto& value : reading.values) {
    out += comma;
    out += json_object(
        {{"name", value.setting->name}, {"value", value.value}, {"source", value.source}});
    out.back() = ',';
    out += fmt::format("\"given\":{}}}", value.given ? "true" : "false");
    comma = ",\n";
  }
  out += "],\n\"mistakes\":[";
  comma = {};
  for (const auto& mistake : reading.mistakes) {
    out += comma;
    out += json_object({{"setting", mistake.setting},
                        {"value", mistake.value},
                        {"where", mistake.where},
                        {"problem", mistake.problem}});
    comma = ",\n";
  }
  out += "],\n\"notes\":[";
  comma = {};
  for (const auto& note : reading.notes) {
    out += fmt::format("{}\"", comma);
    append_json_escaped(out, note);
    out += '"';
    comma = ",\n";
  }
  return out + "]}\n";
}

}  // namespace rs::commands
