// real-streaming load: a Pub/Sub subscription into the configured destination.

#include <vector>

#include <fmt/core.h>

#include "app/load.h"
#include "commands/command_line.h"
#include "commands/running_log.h"

namespace rs::commands {
namespace {

settings::Mistake mistake(const settings::Reading& reading, std::string_view name,
                          std::string problem) {
  for (const auto& value : reading.values) {
    if (value.setting->name != name) continue;
    return {value.value.empty() ? "not set" : value.source, std::string(name), value.value,
            std::move(problem)};
  }
  return {"", std::string(name), "", std::move(problem)};
}

// What the server can do without.
std::vector<settings::Mistake> mistakes_of(const settings::Reading& reading) {
  const auto& writers = reading.settings.writers;
  std::vector<settings::Mistake> out;
  if (writers.project_id.empty()) {
    out.push_back(mistake(reading, "WRITERS__PROJECT_ID", "is needed by load"));
  }
  if (writers.pubsub.subscription_id.empty()) {
    out.push_back(mistake(reading, "WRITERS__PUBSUB__SUBSCRIPTION_ID", "is needed by load"));
  }
  if (writers.strategy == settings::Strategy::kPubsub) {
    out.push_back(mistake(reading, "WRITERS__STRATEGY",
                          "must be direct or local for load: it says where the rows go"));
  }
  return out;
}

}  // namespace

void add_load(const Command& root, CommandLine& line) {
  const Command command = root.add("load", "Write the messages of a Pub/Sub subscription as rows");
  command.footer(
      "Reads WRITERS__PUBSUB__SUBSCRIPTION_ID until SIGTERM or SIGINT, and writes each message's "
      "row\n"
      "where WRITERS__STRATEGY says: direct or local. A message is acknowledged when its row is\n"
      "stored. One that is no row is kept in WRITERS__DATA_DIR/dead-letters. The folder is this\n"
      "process's own: a server beside it needs another.\n"
      "\n"
      "Examples:\n"
      "  WRITERS__STRATEGY=local WRITERS__PROJECT_ID=my-project \\\n"
      "    WRITERS__PUBSUB__SUBSCRIPTION_ID=events-load real-streaming load");
  command.runs([&] {
    return with_settings(line, [&](const settings::Reading& reading) {
      if (const auto mistakes = mistakes_of(reading); !mistakes.empty()) {
        fmt::print(line.error, "{}", describe(mistakes));
        return kWrongUsage;
      }
      return with_log(line.out, reading, [&] { return app::load(reading.settings, line.error); });
    });
  });
}

}  // namespace rs::commands
