// real-streaming query: asks the local store.

#include <memory>
#include <string>

#include <fmt/core.h>

#include "base/printable_text.h"
#include "commands/command_line.h"
#include "query/client.h"

namespace rs::commands {
namespace {

struct Question {
  std::string sql;
  std::string format = "table";
};

int ask(CommandLine& line, const Question& question) {
  return with_settings(line, [&](const settings::Reading& reading) {
    // The option lets only known names pass.
    const auto format = query::parse_query_format(question.format).value();
    const auto asked = query::query_local_store(reading.settings.writers.data_dir,
                                                {question.sql, format}, line.out);
    if (asked) return kFine;
    std::fflush(line.out);  // Part of an answer comes before the reason why it ends.
    fmt::print(line.error, "real-streaming: {}\n", printable_lines(asked.error().message));
    return kFailed;
  });
}

}  // namespace

void add_query(const Command& root, CommandLine& line) {
  const Command command = root.add("query", "Ask the local store in SQL");
  auto question = std::make_shared<Question>();
  command.text("SQL", question->sql, "One statement that only reads, in DuckDB's SQL");
  command.choice("--format", question->format,
                 "table: columns for people; json: one array of objects; csv: with a header line",
                 {"table", "json", "csv"});
  command.footer(
      "Reads WRITERS__DATA_DIR/events.duckdb, through the server while one runs. The table is\n"
      "`events`; `print-schema --format markdown` lists its columns. Macros read an event's\n"
      "parameters by key: param_string(event_params, 'page_location'), param_int, param_double.\n"
      "\n"
      "Examples:\n"
      "  real-streaming query \"SELECT count(*) FROM events\"\n"
      "  real-streaming query --format csv \\\n"
      "    \"SELECT event_name, ecommerce.value FROM events ORDER BY event_timestamp DESC LIMIT "
      "10\"");
  command.runs([&line, question] { return ask(line, *question); });
}

}  // namespace rs::commands
