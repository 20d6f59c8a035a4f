// real-streaming query "SELECT ...": asks the local store, through the server if one runs.

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/command_line.h"
#include "sink/query_client.h"

namespace rs::app {

void add_query(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("query", "Ask the local store a question in SQL");
  auto sql = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("table");
  command->add_option("sql", *sql, "One statement that only reads")->required()->type_name("SQL");
  command->add_option("--format", *format, "table for people; json: one array of objects; csv")
      ->check(CLI::IsMember({"table", "json", "csv"}));
  command->footer(
      "Works while the server runs (it is found by WRITERS__DATA_DIR) and when it does not. The\n"
      "table `events` has the columns of GA4's BigQuery export; `events_flat` is a view of the\n"
      "commonest ones. param_string(event_params, 'page_title'), param_int and param_double read "
      "a\n"
      "parameter by its key. The SQL is DuckDB's.\n"
      "\n"
      "Examples:\n"
      "  real-streaming query \"SELECT event_name, count(*) FROM events GROUP BY ALL\"\n"
      "  real-streaming query \"SELECT * FROM events_flat LIMIT 10\" --format csv > rows.csv");
  command->callback([&line, sql, format] {
    line.chosen = [&line, sql, format] {
      return with_settings(line, [&](const Reading& reading) {
        sink::QueryRequest request;
        request.sql = *sql;
        request.format = sink::parse_query_format(*format).value();
        const auto answered = sink::query_local_store(reading.settings.writers.data_dir,
                                                      std::move(request), line.out);
        if (answered) return kFine;
        fmt::print(line.error, "real-streaming: {}\n", answered.error().message);
        return kFailed;
      });
    };
  });
}

}  // namespace rs::app
