#pragma once
// The shapes in which `real-streaming query` answers. Plain types, shared by client and server.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rs::query {

enum class QueryFormat : unsigned char {
  kTable,  // For people: aligned columns and the number of rows; records when they are too wide.
  kJson,   // One array of objects.
  kCsv,    // RFC 4180 with a header line; NULL is empty, and an empty text is "".
};

struct QueryRequest {
  std::string sql;  // One statement that only reads.
  QueryFormat format = QueryFormat::kTable;
  std::size_t width = 0;  // Columns of the terminal, for kTable; 0: unlimited.
};

// "table", "json" or "csv".
[[nodiscard]] constexpr std::optional<QueryFormat> parse_query_format(std::string_view name) {
  if (name == "table") return QueryFormat::kTable;
  if (name == "json") return QueryFormat::kJson;
  if (name == "csv") return QueryFormat::kCsv;
  return std::nullopt;
}

}  // namespace rs::query
