// real-streaming serve: the server.

#include <csignal>

#include <CLI/CLI.hpp>

#include "app/command_line.h"
#include "app/log_target.h"
#include "app/serve.h"
#include "obs/log.h"

namespace rs::app {

int serve_until_stopped(CommandLine& line) {
  return with_settings(line, [&](const Reading& reading) {
    const Settings& settings = reading.settings;
    const bool is_qa = settings.is_qa();
    obs::log_to(line.out, is_qa ? obs::LogFormat::kReadable : obs::LogFormat::kStructured,
                is_qa ? obs::Level::kDebug : obs::Level::kInfo, settings.writers.project_id);
    for (const auto& note : reading.notes) RS_LOG(kWarning, "{}", note);
    // Whoever reads the log may go away; the server stays.
    std::signal(SIGPIPE, SIG_IGN);
    const auto target = LogTargetInUse::open(settings);
    if (!target) {
      RS_LOG(kError, "Not started: {}", target.error().message);
      return kFailed;
    }
    return serve(settings);
  });
}

void add_serve(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("serve", "Run the server (this is the default)");
  command->footer(
      "Serves until SIGTERM or SIGINT: then it stops accepting, finishes what is in progress, "
      "writes\n"
      "the rows it holds, and exits with 0.\n"
      "\n"
      "Examples:\n"
      "  real-streaming serve\n"
      "  RUN__PORT=9000 CORS__ALLOWED_ORIGINS=https://shop.example real-streaming serve");
  command->callback([&] { line.chosen = [&] { return serve_until_stopped(line); }; });
}

}  // namespace rs::app
