// real-streaming serve: the server.

#include "app/serve.h"
#include "commands/command_line.h"
#include "commands/running_log.h"

namespace rs::commands {

int serve_until_stopped(CommandLine& line) {
  return with_settings(line, [&](const settings::Reading& reading) {
    return with_log(line.out, reading, [&] { return app::serve(reading.settings); });
  });
}

void add_serve(const Command& root, CommandLine& line) {
  const Command command = root.add("serve", "Run the server (this is the default)");
  command.footer(
      "Serves until SIGTERM, SIGINT or the end of its terminal: then it stops accepting, finishes\n"
      "what is in progress, writes the rows it holds, and exits with 0.\n"
      "\n"
      "Examples:\n"
      "  real-streaming serve\n"
      "  RUN__PORT=9000 CORS__ALLOWED_ORIGINS=https://shop.example real-streaming serve");
  command.runs([&] { return serve_until_stopped(line); });
}

}  // namespace rs::commands
