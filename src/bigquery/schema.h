#pragma once
// A table's columns as tables.get tells them, beside those that rows need (row::columns()).
// Pure functions of text.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rs::bigquery {

struct SchemaComparison {
  // Columns that no row fits into as they are: which, both types, what to do. Ready to be read.
  std::vector<std::string> conflicts;
  std::vector<std::string> missing;  // Columns to add, nested ones as device.is_bot.
  // All columns of the table in their order, what is known of them unchanged, and the missing ones
  // behind, as a JSON list for tables.patch.
  std::string merged;
};

// `fields` is the JSON list schema.fields of a table; both generations of type names are known.
[[nodiscard]] Result<SchemaComparison> compare_schema(std::string_view fields);

}  // namespace rs::bigquery
