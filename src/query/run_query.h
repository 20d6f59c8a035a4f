#pragma once
// One reading statement on the local store, its result as text.

#include <functional>
#include <string_view>

#include "base/result.h"
#include "duckdb/store.h"
#include "query/format.h"

namespace rs::query {

// Takes the next part of the text. An Error stops the query: nobody reads it any more.
using QueryOutput = std::function<Result<void>(std::string_view)>;

// Rows are passed on as they are found, some 64 KiB at a time; the result is never held as a whole.
// Statements that would change anything are refused (kInvalidInput), and the transaction is
// read-only besides. An Error can come after part of the text: then the text is not complete.
// LocalSession::interrupt() from another thread ends it early.
Result<void> run_query(duckdb::LocalSession& session, const QueryRequest& request,
                       const QueryOutput& output);

}  // namespace rs::query
