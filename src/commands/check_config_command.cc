// real-streaming check-config: is this configuration right, and what does it come to?

#include <memory>
#include <string>

#include <fmt/core.h>

#include "commands/check_config.h"
#include "commands/command_line.h"

namespace rs::commands {
namespace {

int check_config(CommandLine& line, const std::string& format) {
  if (format == "json") {
    const settings::Reading reading = settings::read_settings(line.sources);
    fmt::print(line.out, "{}", values_json(reading));
    return reading.mistakes.empty() ? kFine : kWrongUsage;
  }
  return with_settings(line, [&](const settings::Reading& sound) {
    for (const auto& note : sound.notes) fmt::print(line.error, "Note: {}\n", note);
    fmt::print(line.out, "{}", values_table(sound));
    return kFine;
  });
}

}  // namespace

void add_check_config(const Command& root, CommandLine& line) {
  const Command command =
      root.add("check-config", "Show every setting in effect and its source, or every mistake");
  auto format = std::make_shared<std::string>("table");
  command.choice("--format", *format, "table: columns for people; json: one object",
                 {"table", "json"});
  command.footer(
      "Exits with 0 when the server would start with these settings, else with 2.\n"
      "\n"
      "Examples:\n"
      "  real-streaming check-config\n"
      "  real-streaming --env-file prod.env check-config --format json");
  command.runs([&line, format] { return check_config(line, *format); });
}

}  // namespace rs::commands
