// real-streaming print-setup: what to prepare in a Google Cloud project, as commands.

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/command_line.h"
#include "app/pubsub_setup.h"

namespace rs::app {

void add_print_setup(CLI::App& app, CommandLine& line) {
  auto* command =
      app.add_subcommand("print-setup", "Print the commands that prepare a Google Cloud project");
  auto strategy = std::make_shared<std::string>();
  command
      ->add_option("STRATEGY", *strategy, "pubsub: topic, rights, table and BigQuery subscription")
      ->required()
      ->check(CLI::IsMember({"pubsub"}));
  command->footer(
      "They are made for the settings at hand, and are for a shell with gcloud and bq.\n"
      "\n"
      "Examples:\n"
      "  real-streaming --env-file prod.env print-setup pubsub");
  // The option writes into `strategy`, which therefore lives as long as the command.
  command->callback([&line, strategy] {
    line.chosen = [&line] {
      return with_settings(line, [&](const Reading& reading) {
        const auto& writers = reading.settings.writers;
        if (writers.project_id.empty() || writers.pubsub.topic_id.empty()) {
          fmt::print(line.error,
                     "Set WRITERS__PROJECT_ID and WRITERS__PUBSUB__TOPIC_ID: the commands name "
                     "them.\n");
          return kWrongUsage;
        }
        fmt::print(line.out, "{}", pubsub_setup(writers));
        return kFine;
      });
    };
  });
}

}  // namespace rs::app
