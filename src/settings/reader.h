#pragma once
// Where settings come from, and what became of them. First that is set wins:
//   APP_CONFIG__NAME in the environment, NAME in the environment, APP_CONFIG__NAME in the file,
//   NAME in the file, PORT (for RUN__PORT, environment before file), the default.
// Names ignore case; blanks around a value do not count; an empty value is not set. The file is the
// one named, else ./.env, else ./src/.env. Every mistake is reported, not only the first.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "settings/setting.h"
#include "settings/settings.h"

namespace rs::settings {

struct Sources {
  std::vector<std::string> environment;  // NAME=value, as in environ(7).
  std::optional<std::string> env_file;   // Named on the command line: it must exist.
  std::string folder = ".";              // Where ./.env and ./src/.env are looked for.
};

// The environment of this process.
[[nodiscard]] Sources process_sources(std::optional<std::string> env_file);

struct Mistake {
  std::string where;    // "environment", ".env:3", "default", "not set"; or the file.
  std::string setting;  // As it was written; empty when the line itself is wrong.
  std::string value;    // What was given, if it helps and can be shown.
  std::string problem;  // Goes on after the name: "must be a whole number from 1 to 65535".
};

// APP_CONFIG__RUN__PORT = "http" (.env:3) must be a whole number from 0 to 65535
[[nodiscard]] std::string describe(const Mistake& mistake);

// All of them under a heading, a line each.
[[nodiscard]] std::string describe(std::span<const Mistake> mistakes);

struct Effective {
  const Setting* setting;
  std::string value;   // In one form, whatever form it was given in.
  std::string source;  // "environment APP_CONFIG__RUN__PORT", ".env:3 RUN__PORT", "default".
  bool given;          // False: the default.
};

struct Reading {
  Settings settings{};            // Complete when there are no mistakes.
  std::vector<Effective> values;  // Every setting in the table's order.
  std::vector<Mistake> mistakes;
  std::vector<std::string> notes;  // Worth a look, but no mistakes: a sentence each.
};

[[nodiscard]] Reading read_settings(const Sources& sources);

}  // namespace rs::settings
