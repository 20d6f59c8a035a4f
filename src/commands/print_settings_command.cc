// real-streaming print-settings: all there is to set.

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "commands/command_line.h"
#include "settings/text.h"

namespace rs::commands {

void add_print_settings(CLI::App& app, CommandLine& line) {
  auto* command =
      app.add_subcommand("print-settings", "Print all settings with their defaults and meaning");
  auto format = std::make_shared<std::string>("env");
  command->add_option("--format", *format, "env: as an env file; markdown: as tables")
      ->check(CLI::IsMember({"env", "markdown"}))
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  real-streaming print-settings > .env            a file to start from\n"
      "  real-streaming print-settings --format markdown > docs/settings.md");
  command->callback([&line, format] {
    line.chosen = [&line, format] {
      fmt::print(line.out, "{}",
                 *format == "env" ? settings::env_example() : settings::settings_markdown());
      return kFine;
    };
  });
}

}  // namespace rs::commands
