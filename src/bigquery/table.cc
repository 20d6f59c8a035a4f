#include "bigquery/table.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/stop.h"
#include "base/text.h"
#include "bigquery/schema.h"
#include "obs/log.h"
#include "row/columns.h"
#include "row/print_schema.h"

namespace rs::bigquery {
namespace {

// Somebody else changes the table at the same time: 5 updates in 10 seconds are allowed in all
// (cloud.google.com/bigquery/quotas), so a dozen programs that start together need a few seconds.
constexpr int kSteps = 8;
constexpr std::chrono::milliseconds kPauseFirst{100}, kPauseLongest{2'000};

std::string base_url(const BigQuerySettings& settings) {
  const auto& host = settings.rest_emulator;
  if (host.empty()) return "https://bigquery.googleapis.com";
  return host.find("://") == std::string::npos ? "http://" + host : host;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + '"';
}

bool says(const google::RestError& error, std::string_view word) {
  return error.error.message.find(word) != std::string::npos;
}

}  // namespace

BigQueryTable::BigQueryTable(const BigQuerySettings& settings,
                             std::shared_ptr<google::TokenSource> tokens)
    : settings_(settings),
      rest_(base_url(settings), std::move(tokens)),
      tables_path_(fmt::format("/bigquery/v2/projects/{}/datasets/{}/tables", settings.project,
                               settings.dataset)) {}

Result<void> BigQueryTable::ensure(const std::stop_token& stop) {
  for (int steps = 1;; ++steps) {
    RS_TRY(const Step next, step(stop));
    if (next == Step::kDone) return {};
    if (steps == kSteps) {
      return fail(
          ErrorCode::kUnavailable,
          fmt::format("table {} is being changed by others all the time", settings_.table_name()));
    }
    const auto most = std::min(kPauseLongest, kPauseFirst * (1 << steps));
    std::uniform_int_distribution<std::int64_t> pause(0, most.count());
    if (!sleep_unless_stopped(stop, std::chrono::milliseconds(pause(random_)))) {
      return fail(ErrorCode::kUnavailable, "the table was not waited for: the program stops");
    }
  }
}

Result<BigQueryTable::Step> BigQueryTable::step(const std::stop_token& stop) {
  const auto table = rest_.call(
      {.path = fmt::format("{}/{}?view=BASIC", tables_path_, settings_.table), .stop = stop});
  if (table) return compare(*table, stop);
  // A missing dataset may hide behind the same status: creating the table tells.
  if (table.error().status == 404 && !says(table.error(), "Project")) return create(stop);
  return tl::unexpected(explain(table.error(), "be read"));
}

Result<BigQueryTable::Step> BigQueryTable::create(const std::stop_token& stop) {
  const std::string body = fmt::format(
      R"({{"tableReference":{{"projectId":{},"datasetId":{},"tableId":{}}},)"
      R"("description":"Events of Real Streaming, in the schema of GA4's BigQuery export.",)"
      R"("schema":{{"fields":{}}},"timePartitioning":{{"type":"DAY","field":"date"}},)"
      R"("clustering":{{"fields":["user_pseudo_id","event_name"]}}}})",
      quoted(settings_.project), quoted(settings_.dataset), quoted(settings_.table),
      row::bigquery_fields(row::columns()));
  const auto made =
      rest_.call({.method = "POST", .path = tables_path_, .body = body, .stop = stop});
  if (made) {
    RS_LOG(kInfo, "Table {} was created", settings_.table_name());
    return Step::kAgain;  // It is read back: tables appear with a delay.
  }
  // Another program was first, or several are at it.
  if (made.error().status == 409 || made.error().reason == "rateLimitExceeded") return Step::kAgain;
  return tl::unexpected(explain(made.error(), "be created"));
}

Result<BigQueryTable::Step> BigQueryTable::compare(const google::Json& table,
                                                   const std::stop_token& stop) {
  RS_TRY(const auto schema, compare_schema(table.raw("/schema/fields").value_or("[]")));
  if (!schema.conflicts.empty()) {
    return fail(ErrorCode::kRefused,
                fmt::format("table {} does not fit: {}. Change these columns, or set "
                            "WRITERS__BQ__TABLE_ID to a table that does not exist yet",
                            settings_.table_name(), fmt::join(schema.conflicts, "; ")));
  }
  if (table.text("/timePartitioning/field") != "date") {
    RS_LOG(kWarning, "Table {} is not partitioned by its column date: queries will cost more",
           settings_.table_name());
  }
  if (schema.missing.empty()) return Step::kDone;
  const auto changed =
      rest_.call({.method = "PATCH",
                  .path = fmt::format("{}/{}", tables_path_, settings_.table),
                  .body = fmt::format(R"({{"schema":{{"fields":{}}}}})", schema.merged),
                  .if_match = table.text("/etag"),
                  .stop = stop});
  if (changed) {
    RS_LOG(kInfo, "Table {} has new columns: {}", settings_.table_name(),
           fmt::join(schema.missing, ", "));
    return Step::kDone;
  }
  const auto& error = changed.error();
  if (error.status == 412 || error.status == 404 || error.reason == "rateLimitExceeded") {
    return Step::kAgain;  // Somebody else has changed it meanwhile.
  }
  return tl::unexpected(explain(
      error, fmt::format("be given its missing columns ({})", fmt::join(schema.missing, ", "))));
}

Error BigQueryTable::explain(const google::RestError& error, std::string_view doing) const {
  Error out = error.error;
  out.message = fmt::format("table {} cannot {}: {}", settings_.table_name(), doing, out.message);
  if (error.status == 404 && says(error, "Project")) {
    out.message += fmt::format(
        ". There is no project {} that these credentials may see: check WRITERS__PROJECT_ID "
        "(gcloud "
        "projects list)",
        settings_.project);
  } else if (error.status == 404) {
    out.message += fmt::format(
        ". Create the dataset, in the location you want: bq --location=EU mk --dataset {}:{}",
        settings_.project, settings_.dataset);
  } else if (error.status == 403 && (error.reason == "accessNotConfigured" ||
                                     says(error, "has not been used in project"))) {
    out.message += fmt::format(
        ". Turn the service on: gcloud services enable "
        "bigquery.googleapis.com --project {}",
        settings_.project);
  } else if (error.status == 403 && !out.retryable()) {
    out.message += fmt::format(
        ". Grant the account that this program runs as the role: gcloud projects "
        "add-iam-policy-binding {} --member=serviceAccount:ACCOUNT "
        "--role=roles/bigquery.dataEditor",
        settings_.project);
  } else if (error.status == 401) {
    out.message +=
        ". Check the credentials: GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth "
        "application-default login";
  }
  // A person has to act on all that time does not mend.
  if (out.code == ErrorCode::kNotFound) out.code = ErrorCode::kRefused;
  return out;
}

}  // namespace rs::bigquery
