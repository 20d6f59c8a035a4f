// real-streaming print-settings: all there is to set.

#include <memory>
#include <string>

#include <fmt/core.h>

#include "commands/command_line.h"
#include "settings/text.h"

namespace rs::commands {

void add_print_settings(const Command& root, CommandLine& line) {
  const Command command =
      root.add("print-settings", "Print all settings with their defaults and meaning");
  auto format = std::make_shared<std::string>("env");
  command.choice("--format", *format, "env: as an env file; markdown: as tables",
                 {"env", "markdown"});
  command.footer(
      "Examples:\n"
      "  real-streaming print-settings > .env            a file to start from\n"
      "  real-streaming print-settings --format markdown > docs/settings.md");
  command.runs([&line, format] {
    fmt::print(line.out, "{}",
               *format == "env" ? settings::env_example() : settings::settings_markdown());
    return kFine;
  });
}

}  // namespace rs::commands
