#pragma once
// For tests of the local store: a query as one call.

#include <string>
#include <string_view>

#include "duckdb/sink.h"
#include "query/run_query.h"
#include "sink/sink_fixture.h"

namespace rs::duckdb {

using sink::batch_of, sink::encoded, sink::TemporaryFolder, sink::write_rows;

// The result as text, or "ERROR: " and why.
inline std::string ask(LocalStore& store, const std::string& sql,
                       query::QueryFormat format = query::QueryFormat::kJson,
                       std::size_t width = 0) {
  auto session = store.connect();
  if (!session) return "ERROR: " + session.error().message;
  std::string text;
  const auto done = query::run_query(**session, {.sql = sql, .format = format, .width = width},
                                     [&](std::string_view part) -> Result<void> {
                                       text += part;
                                       return {};
                                     });
  return done ? text : "ERROR: " + done.error().message;
}

}  // namespace rs::duckdb
