// real-streaming version: what is running here.

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/version.h"
#include "commands/command_line.h"

namespace rs::commands {
namespace {

int print_version(CommandLine& line) {
  fmt::print(line.out, "{}", app::version_text());
  return kFine;
}

}  // namespace

void add_version(CLI::App& app, CommandLine& line) {
  const auto choose = [&] { line.chosen = [&] { return print_version(line); }; };
  app.add_subcommand("version", "Print version, commit, build type and versions of parts and data")
      ->callback(choose);
  app.add_flag_callback("--version", choose, "The same as the command version");
}

}  // namespace rs::commands
