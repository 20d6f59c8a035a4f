#pragma once
// Values of a DuckDB result as text: as JSON, or as plain text for CSV and tables.
// JSON: numbers with all their digits (99.99, any integer, decimals), null for NULL, NaN and
// infinity, nested values as arrays and objects, a MAP as an object, JSON columns with null for
// their NaN and infinity, all else (dates, times, UUIDs, intervals, ...) as text the way DuckDB
// writes it. Plain text: the same without quotes, and nested values as JSON. NULL is left to the
// caller. Only .cc files of this folder include this header. Not thread-safe.

#include <string>
#include <vector>

#include "duckdb/handle.h"

namespace rs::query {

// A column's type, taken apart once.
class ValueText {
 public:
  explicit ValueText(duckdb_logical_type type);

  void append_json(std::string& out, duckdb_vector vector, idx_t row) const;
  // `row` must not be NULL.
  void append_plain(std::string& out, duckdb_vector vector, idx_t row) const;
  [[nodiscard]] static bool is_null(duckdb_vector vector, idx_t row);

  // Numbers are aligned to the right.
  [[nodiscard]] bool is_number() const;

 private:
  void take_apart(duckdb_logical_type type);
  void add_member(char* name, duckdb_logical_type type);
  [[nodiscard]] bool is_text() const;  // In JSON between quotes.
  [[nodiscard]] bool is_nested() const;
  void append_scalar(std::string& out, const void* data, idx_t row) const;
  void append_exotic(std::string& out, const void* data, idx_t row) const;
  void append_nested(std::string& out, duckdb_vector vector, idx_t row) const;
  void append_list(std::string& out, duckdb_vector child, idx_t first, idx_t count) const;
  void append_struct(std::string& out, duckdb_vector vector, idx_t row) const;
  void append_map(std::string& out, duckdb_vector vector, idx_t row) const;

  duckdb_type id_;
  duckdb_type storage_;                 // Of DECIMAL and ENUM: the integer they are kept as.
  bool json_ = false;                   // A VARCHAR that holds JSON.
  std::uint8_t width_ = 0, scale_ = 0;  // DECIMAL.
  idx_t array_size_ = 0;                // ARRAY.
  std::vector<std::string> names_;      // Members of STRUCT and UNION, values of ENUM.
  std::vector<ValueText> children_;     // Members; the element; key and value.
};

}  // namespace rs::query
