#pragma once
// DuckDB's errors as ours, the shortest way to run a statement, and a text inside one.
// Only .cc files of this folder, and a fake of tests/, include this header.

#include <string>
#include <string_view>

#include "base/result.h"
#include "duckdb/handle.h"

namespace rs::duckdb {

// What went wrong with the file at `path`, and what to do about it. kUnavailable: it may work
// later.
[[nodiscard]] Error duckdb_error(duckdb_error_type type, std::string_view message,
                                 std::string_view path);

// Runs statements one after the other and drops what they return.
Result<void> execute(duckdb_connection connection, const std::string& sql, std::string_view path);

// `text` as a literal of SQL, in its quotes.
[[nodiscard]] std::string sql_text(std::string_view text);

}  // namespace rs::duckdb
