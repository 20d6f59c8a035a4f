#pragma once
// The row's columns as JSON Schema (the 2020-12 form that OpenAPI 3.1 speaks).

#include <span>
#include <string>

#include "row/columns.h"

namespace rs::pages {

enum class SchemaFor {
  kRequest,  // What a client may send: parameters by reference, numbers where text is stored.
  kRow,      // What the table holds.
};

// The value of "properties": {"transaction_id":{...},...}, in table order.
[[nodiscard]] std::string properties_schema(std::span<const row::Column> columns, SchemaFor whom);

}  // namespace rs::pages
