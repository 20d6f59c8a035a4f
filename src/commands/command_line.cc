#include "commands/command_line.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace rs::commands {
namespace {

constexpr const char* kDescription =
    "Real Streaming takes web-analytics events over HTTP, enriches them, and stores them as rows\n"
    "in the schema of GA4's BigQuery export.";

constexpr const char* kFooter =
    "Without a command it serves. `real-streaming COMMAND --help` tells more.\n"
    "\n"
    "Examples:\n"
    "  real-streaming                                  serve, with a DuckDB file in ./data\n"
    "  RUN__PORT=9000 real-streaming serve             the same on another port\n"
    "  real-streaming --env-file prod.env check-config\n"
    "\n"
    "Exit codes: 0 fine, 1 failed, 2 wrong usage or settings.";

}  // namespace

int with_settings(CommandLine& line, const std::function<int(const settings::Reading&)>& then) {
  const settings::Reading reading = settings::read_settings(line.sources);
  if (!reading.mistakes.empty()) {
    fmt::print(line.error, "{}", describe(reading.mistakes));
    return kWrongUsage;
  }
  return then(reading);
}

int run(const std::vector<std::string>& arguments, CommandLine line) {
  CLI::App app(kDescription, "real-streaming");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.fallthrough();  // --env-file may stand after the command too.
  app.add_option_function<std::string>(
         "--env-file", [&](const std::string& path) { line.sources.env_file = path; },
         "File with settings; else ./.env, else ./src/.env, if there is one")
      ->type_name("FILE");

  const Command root(app, line);
  add_serve(root, line);
  add_check_config(root, line);
  add_print_settings(root, line);
  add_print_schema(root, line);
  add_print_setup(root, line);
  add_query(root, line);
  add_load(root, line);
  add_detect(root, line);
  add_spool(root, line);
  add_dead_letters(root, line);
  add_healthcheck(root, line);
  add_version(root, line);

  line.chosen = [&] { return serve_until_stopped(line); };
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11's order.
  } catch (const CLI::Success& asked) {  // --help: the text is its answer.
    fmt::print(line.out, "{}", app.help());
    return kFine;
  } catch (const CLI::ParseError& error) {
    fmt::print(line.error, "{}\n`real-streaming --help` lists the commands.\n", error.what());
    return kWrongUsage;
  }
  try {
    const int code = line.chosen();
    if (std::fflush(line.out) == 0) return code;
    fmt::print(line.error, "real-streaming: cannot write: {}\n", std::strerror(errno));
  } catch (const std::system_error& error) {  // fmt's word for the same.
    fmt::print(line.error, "real-streaming: {}\n", error.what());
  }
  return kFailed;
}

}  // namespace rs::commands
