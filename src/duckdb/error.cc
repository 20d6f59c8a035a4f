#include "duckdb/error.h"

#include <array>

#include <fmt/format.h>

namespace rs::duckdb {
namespace {

struct Cause {
  std::string_view text;  // In DuckDB's message (read off version 1.4.4).
  ErrorCode code;
  std::string_view remedy;
};

constexpr std::array<Cause, 10> kCauses = {{
    {"Conflicting lock is held", ErrorCode::kRefused,
     "Another process has the file open. Stop it, or give each server its own "
     "WRITERS__DATA_DIR"},
    {"not a valid DuckDB database file", ErrorCode::kRefused,
     "Move the file away (a new one is made), or restore it from a backup"},
    {"Corrupt database file", ErrorCode::kRefused,
     "Restore the file from a backup, or move it away (a new one is made)"},
    {"corrupt", ErrorCode::kRefused,
     "Restore the file from a backup, or move it away (a new one is made)"},
    {"Failure while replaying WAL", ErrorCode::kRefused,
     "Keep a copy of the file and of its .wal, then restore both from a backup"},
    {"version number", ErrorCode::kRefused, "The file was written by another DuckDB release"},
    {"Permission denied", ErrorCode::kRefused,
     "Give the user of this process read and write access to the folder"},
    {"Read-only file system", ErrorCode::kRefused, "Choose another WRITERS__DATA_DIR"},
    {"Is a directory", ErrorCode::kRefused, "Choose another WRITERS__DATA_DIR"},
    {"No space left", ErrorCode::kUnavailable, "Make room on the disk"},
}};

}  // namespace

Error duckdb_error(duckdb_error_type type, std::string_view message, std::string_view path) {
  for (const auto& cause : kCauses) {
    if (message.find(cause.text) == std::string_view::npos) continue;
    return Error{cause.code, fmt::format("{}: {}. {}.", path, message, cause.remedy)};
  }
  auto code = ErrorCode::kInternal;
  switch (type) {
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:  // Also "database has been invalidated", after such an error.
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_TRANSACTION:
    case DUCKDB_ERROR_INTERRUPT:
    case DUCKDB_ERROR_INTERNAL:
      code = ErrorCode::kUnavailable;
      break;
    default:
      break;
  }
  return Error{code, fmt::format("{}: {}", path, message)};
}

Result<void> execute(duckdb_connection connection, const std::string& sql, std::string_view path) {
  DuckdbResult result;
  if (library().query(connection, sql.c_str(), result.get()) == DuckDBSuccess) return {};
  const char* message = library().result_error(result.get());
  return tl::unexpected(duckdb_error(library().result_error_type(result.get()),
                                     message == nullptr ? "unknown error" : message, path));
}

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

}  // namespace rs::duckdb
