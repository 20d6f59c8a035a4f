#include "query/run_query.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "duckdb/error.h"
#include "query/result_writer.h"

namespace rs::query {
namespace {

constexpr std::size_t kPartBytes = 65'536;
constexpr std::string_view kOnlyReading =
    "only statements that read are allowed: SELECT, WITH, FROM, VALUES, TABLE, SHOW, DESCRIBE, "
    "SUMMARIZE, EXPLAIN";

tl::unexpected<Error> refuse(const char* message) {
  if (message != nullptr && std::string_view(message).find("INTERRUPT") == 0) {
    return fail(ErrorCode::kUnavailable,
                "the query was stopped: the server closes, or the query kept it from working its "
                "log into the file for too long");
  }
  return fail(ErrorCode::kInvalidInput, message == nullptr ? "unknown error" : message);
}

Result<duckdb::DuckdbPrepared> prepare(duckdb_connection connection, const std::string& sql) {
  const duckdb::DuckdbLibrary& d = duckdb::library();
  duckdb::DuckdbExtracted extracted;
  const idx_t count = d.extract_statements(connection, sql.c_str(), extracted.out());
  if (count == 0) {
    const char* why = d.extract_statements_error(extracted.get());
    return refuse(why == nullptr || *why == '\0' ? "there is no statement" : why);
  }
  if (count > 1) {
    return fail(
        ErrorCode::kInvalidInput,
        fmt::format("one statement at a time; these are {} (a PIVOT needs its IN list)", count));
  }
  duckdb::DuckdbPrepared prepared;
  if (d.prepare_extracted_statement(connection, extracted.get(), 0, prepared.out()) !=
      DuckDBSuccess) {
    return refuse(d.prepare_error(prepared.get()));
  }
  const auto type = d.prepared_statement_type(prepared.get());
  if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    return fail(ErrorCode::kInvalidInput, std::string(kOnlyReading));
  }
  if (d.nparams(prepared.get()) > 0) {
    return fail(ErrorCode::kInvalidInput, "parameters (?, $1) have no value here");
  }
  return prepared;
}

std::unique_ptr<ResultWriter> make_writer(duckdb_result* result, const QueryRequest& request,
                                          bool plan) {
  std::vector<ResultColumn> columns;
  for (idx_t i = 0; i < duckdb::library().column_count(result); ++i) {
    const duckdb::DuckdbType type(duckdb::library().column_logical_type(result, i));
    columns.push_back({duckdb::library().column_name(result, i), ValueText(type.get())});
  }
  switch (request.format) {
    case QueryFormat::kJson:
      return make_json_writer(std::move(columns));
    case QueryFormat::kCsv:
      return make_csv_writer(std::move(columns));
    case QueryFormat::kTable:
      break;
  }
  if (plan) return make_plan_writer(std::move(columns));
  return make_table_writer(std::move(columns), request.width);
}

Result<void> pass_on(std::string& text, const QueryOutput& output) {
  auto passed = output(text);
  text.clear();
  return passed;
}

Result<void> stream(duckdb_prepared_statement prepared, const QueryRequest& request,
                    const QueryOutput& output) {
  const duckdb::DuckdbLibrary& d = duckdb::library();
  duckdb::DuckdbPending pending;
  if (d.pending_prepared_streaming(prepared, pending.out()) != DuckDBSuccess) {
    return refuse(d.pending_error(pending.get()));
  }
  duckdb::DuckdbResult result;
  if (d.execute_pending(pending.get(), result.get()) != DuckDBSuccess) {
    return refuse(d.result_error(result.get()));
  }
  const bool plan = d.prepared_statement_type(prepared) == DUCKDB_STATEMENT_TYPE_EXPLAIN;
  const auto writer = make_writer(result.get(), request, plan);
  std::string text;
  writer->begin(text);
  while (true) {
    const duckdb::DuckdbChunk chunk(d.fetch_chunk(*result.get()));
    if (!chunk) break;
    writer->rows(text, chunk.get());
    if (text.size() < kPartBytes) continue;
    if (auto passed = pass_on(text, output); !passed) return passed;
  }
  if (const char* error = d.result_error(result.get()); error != nullptr && *error != '\0') {
    return refuse(error);
  }
  writer->end(text);
  return pass_on(text, output);
}

}  // namespace

Result<void> run_query(duckdb::LocalSession& session, const QueryRequest& request,
                       const QueryOutput& output) {
  duckdb_connection connection = session.connection();
  // The second fence: EXPLAIN ANALYZE, for one, carries out what it explains.
  auto begun = duckdb::execute(connection, "BEGIN TRANSACTION READ ONLY", "query");
  if (!begun) return begun;
  auto done = [&]() -> Result<void> {
    RS_TRY(const auto prepared, prepare(connection, request.sql));
    return stream(prepared.get(), request, output);
  }();
  auto ended = duckdb::execute(connection, "ROLLBACK", "query");
  return done ? ended : done;
}

}  // namespace rs::query
