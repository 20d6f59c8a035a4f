// real-streaming print-schema: the row, in the languages of those who store or read it.

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "commands/command_line.h"
#include "row/print_schema.h"

namespace rs::commands {

void add_print_schema(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("print-schema", "Print the table that events are stored in");
  auto format = std::make_shared<std::string>();
  command
      ->add_option("--format", *format,
                   "bigquery: JSON for `bq mk --schema`; duckdb: CREATE TABLE; proto: the message; "
                   "markdown: a table of all columns")
      ->required()
      ->check(CLI::IsMember({"bigquery", "duckdb", "proto", "markdown"}));
  command->footer(
      "All of them are derived from one definition, proto/event.proto.\n"
      "\n"
      "Examples:\n"
      "  real-streaming print-schema --format markdown\n"
      "  real-streaming print-schema --format bigquery > schema.json");
  command->callback([&line, format] {
    line.chosen = [&line, format] {
      // The option lets only known names pass.
      fmt::print(line.out, "{}", row::print_schema(row::parse_schema_format(*format).value()));
      return kFine;
    };
  });
}

}  // namespace rs::commands
