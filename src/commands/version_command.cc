// real-streaming version: what is running here.

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

void add_version(const Command& root, CommandLine& line) {
  const auto print = [&line] { return print_version(line); };
  root.add("version", "Print version, commit, build type and versions of parts and data")
      .runs(print);
  root.runs_on_flag("--version", print, "The same as the command version");
}

}  // namespace rs::commands
