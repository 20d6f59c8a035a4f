#pragma once
// The table `events` in an open file: made when missing, compared when present, widened by columns
// that a newer version of the row has, nested ones too. Beside it the macros and the view that
// make it pleasant to query (duckdb/macros.h).
// Only .cc files of this folder include this header.

#include <string_view>

#include "base/result.h"
#include "duckdb/handle.h"

namespace rs::duckdb {

// `connection` uses the file at `path`. kRefused when a column has another type: the message names
// it, both types and the remedy.
Result<void> prepare_table(duckdb_connection connection, std::string_view path);

}  // namespace rs::duckdb
