// real-streaming print-schema: the row, in the languages of those who store or read it.

#include <memory>
#include <string>

#include <fmt/core.h>

#include "commands/command_line.h"
#include "row/print_schema.h"

namespace rs::commands {

void add_print_schema(const Command& root, CommandLine& line) {
  const Command command = root.add("print-schema", "Print the table that events are stored in");
  auto format = std::make_shared<std::string>();
  command.choice("--format", *format,
                 "bigquery: JSON for `bq mk --schema`; duckdb: CREATE TABLE; proto: the message; "
                 "markdown: a table of all columns",
                 {"bigquery", "duckdb", "proto", "markdown"}, Need::kRequired);
  command.footer(
      "All of them are derived from one definition, proto/event.proto.\n"
      "\n"
      "Examples:\n"
      "  real-streaming print-schema --format markdown\n"
      "  real-streaming print-schema --format bigquery > schema.json");
  command.runs([&line, format] {
    // The option lets only known names pass.
    fmt::print(line.out, "{}", row::print_schema(row::parse_schema_format(*format).value()));
    return kFine;
  });
}

}  // namespace rs::commands
