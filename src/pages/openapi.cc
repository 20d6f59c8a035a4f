#include "pages/openapi.h"

#include <array>
#include <cassert>
#include <span>

#include "base/text.h"
#include "pages/assets.h"
#include "pages/column_schema.h"
#include "pages/template.h"
#include "row/columns.h"

namespace rs::pages {
namespace {

// What a client may send for the columns inside `record`.
std::string request_properties(std::string_view record) {
  for (const row::Column& column : row::columns()) {
    if (column.name == record) return properties_schema(column.children, SchemaFor::kRequest);
  }
  assert(false && "no such record in the row");
  return "{}";
}

std::string json_escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

}  // namespace

std::string openapi(const Paths& paths, std::string_view version) {
  const std::array replacements = {
      Replacement{"{{version}}", json_escaped(version)},
      Replacement{"{{mirror}}", json_escaped(paths.mirror())},
      Replacement{"{{collect}}", json_escaped(paths.collect() + "/{stream_id}")},
      Replacement{"{{tracker}}", json_escaped(paths.tracker())},
      Replacement{"\"{{app_info_properties}}\"", request_properties("app_info")},
      Replacement{"\"{{ecommerce_properties}}\"", request_properties("ecommerce")},
      Replacement{"\"{{item_properties}}\"", request_properties("items")},
      Replacement{"\"{{row_properties}}\"", properties_schema(row::columns(), SchemaFor::kRow)},
  };
  return filled(assets::kOpenApi, replacements);
}

}  // namespace rs::pages
