// real-streaming healthcheck: asks the server on this machine, as the settings name it. For
// containers, whose images have no curl.

#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "commands/ask_server.h"
#include "commands/command_line.h"

namespace rs::commands {
namespace {

constexpr std::chrono::seconds kPatience{3};

int check(CommandLine& line, const settings::Settings& settings, bool ready) {
  const auto answer = ask_server(settings.run, ready ? "/readyz" : "/healthz", kPatience);
  if (!answer) {
    fmt::print(line.error, "{}\n", answer.error().message);
    return kFailed;
  }
  fmt::print(line.out, "{}\n", answer->body);
  return answer->status == 200 ? kFine : kFailed;
}

}  // namespace

void add_healthcheck(const Command& root, CommandLine& line) {
  const Command command = root.add("healthcheck", "Ask the server on this machine how it is");
  command.footer(
      "Asks the address and port of the settings for /healthz, and prints the answer. 0 means "
      "that\n"
      "the server answers with 200, 1 that it does not, within 3 seconds.\n"
      "\n"
      "Examples:\n"
      "  real-streaming healthcheck\n"
      "  RUN__PORT=9000 real-streaming healthcheck --ready");
  auto ready = std::make_shared<bool>(false);
  command.flag("--ready", *ready, "Ask /readyz: whether the destination takes rows");
  command.runs([&line, ready] {
    return with_settings(line, [&](const settings::Reading& reading) {
      return check(line, reading.settings, *ready);
    });
  });
}

}  // namespace rs::commands
