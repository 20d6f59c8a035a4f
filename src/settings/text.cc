#include "settings/text.h"

#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "settings/table.h"

namespace rs::settings {
namespace {

constexpr std::size_t kColumns = 98;

// As comment lines: "# word word\n".
std::string comment(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto word = take_until(text, ' ');
    if (column == 0 || column + 1 + word.size() > kColumns) {
      out += column == 0 ? "#" : "\n#";
      column = 1;
    }
    out.append(" ").append(word);
    column += 1 + word.size();
  }
  return out + "\n";
}

// Names, paths and patterns as code, so that Markdown leaves their underlines and stars alone.
std::string with_code(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto word = take_until(text, ' ');
    const auto end = word.find_last_not_of(".,:;)") + 1;
    const auto core = word.substr(0, end);
    const bool is_code = core.find("__") != std::string_view::npos ||
                         core.find('*') != std::string_view::npos ||
                         core.find("://") != std::string_view::npos;
    if (!out.empty()) out += ' ';
    out += is_code ? fmt::format("`{}`{}", core, word.substr(end)) : std::string(word);
  }
  return out;
}

std::string default_cell(const Setting& setting) {
  if (setting.derive != nullptr) return with_code(setting.fallback);
  if (setting.fallback.empty()) return "";
  std::string out;  // Long lists may break between their items.
  for (std::string_view rest = setting.fallback; rest.data() != nullptr;) {
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", take_until(rest, ','));
  }
  return out;
}

}  // namespace

std::string env_example() {
  std::string out = comment(
      "Settings of Real Streaming. Written by `real-streaming print-settings --format env` from "
      "the "
      "table in src/settings/table.cc; a test keeps it true.");
  out += "#\n";
  out += comment(
      "Copy it to .env and remove the # before what you want to change. The environment wins over "
      "this file; names work with and without APP_CONFIG__, in any case. An empty value is the "
      "same "
      "as none. Lists are comma-separated or JSON arrays. Values may be quoted with ' or \"; "
      "variables such as ${HOME} are not replaced. `real-streaming check-config` shows what is in "
      "effect.");
  for (const auto& group : settings_table()) {
    out += fmt::format("\n\n## {}\n", group.title);
    if (!group.note.empty()) out += comment(group.note);
    for (const auto& setting : group.settings) {
      const bool is_derived = setting.derive != nullptr;
      out += "\n" + comment(setting.help);
      out += comment(fmt::format("Allowed: {}.", allowed(setting.kind)));
      if (is_derived) out += comment(fmt::format("Default: {}.", setting.fallback));
      out += fmt::format("#{}{}={}\n", kPrefix, setting.name, is_derived ? "" : setting.fallback);
    }
  }
  return out;
}

std::string settings_markdown() {
  std::string out =
      "# Settings\n\n"
      "<!-- Written by `real-streaming print-settings --format markdown` from the table in "
      "src/settings/table.cc; a test keeps it true. -->\n\n"
      "Settings are environment variables, `APP_CONFIG__` and a name below, or lines of an env "
      "file: "
      "the one named by\n`--env-file`, else `./.env`, else `./src/.env` "
      "([.env.example](../.env.example) has them all).\n\n"
      "What is set first in this order counts:\n\n"
      "1. `APP_CONFIG__NAME` in the environment\n"
      "2. `NAME` in the environment\n"
      "3. `APP_CONFIG__NAME` in the file\n"
      "4. `NAME` in the file\n"
      "5. for `RUN__PORT` only: `PORT`, in the environment or the file\n"
      "6. the default\n\n"
      "Names ignore case. Blanks around a value do not count, and an empty value is the same as "
      "none. Lists are comma-separated or\nJSON arrays of strings. In the file, values may be "
      "quoted "
      "(`'as it is'`, `\"with \\n and \\\"\"`), `#` after a blank begins\na comment, `export` may "
      "stand "
      "before a name, and variables such as `${HOME}` are not replaced.\n\n"
      "`real-streaming check-config` shows every value in effect and where it comes from, or every "
      "mistake. A start with a\nmistake ends with exit code 2 before anything happens. An unknown "
      "`APP_CONFIG__` name is a mistake.\n";
  for (const auto& group : settings_table()) {
    out += fmt::format("\n## {}\n\n", group.title);
    if (!group.note.empty()) out += with_code(group.note) + "\n\n";
    out += "| Name | Default | Allowed | Meaning |\n|---|---|---|---|\n";
    for (const auto& setting : group.settings) {
      out += fmt::format("| `{}` | {} | {} | {} |\n", setting.name, default_cell(setting),
                         with_code(allowed(setting.kind)), with_code(setting.help));
    }
  }
  return out;
}

}  // namespace rs::settings
