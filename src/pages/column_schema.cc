#include "pages/column_schema.h"

#include "base/text.h"

namespace rs::pages {
namespace {

using row::Column;
using row::ColumnType;
using row::Mode;

// Members that say which values a column that is no record takes; null is always one of them.
std::string_view scalar_members(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
      return R"("type":["string","null"])";
    case ColumnType::kInteger:
      return R"("type":["integer","null"],"format":"int64")";
    case ColumnType::kFloat:
      return R"("type":["number","null"],"format":"double")";
    case ColumnType::kBoolean:
      return R"("type":["boolean","null"])";
    case ColumnType::kDate:
      return R"("type":["string","null"],"format":"date")";
    case ColumnType::kTimestamp:
      return R"("type":["string","null"],"format":"date-time")";
    case ColumnType::kJson:
      return R"("description":"Any JSON value.")";
    case ColumnType::kRecord:
      break;
  }
  return {};
}

std::string object_members(const Column& column, SchemaFor whom) {
  return R"("properties":)" + properties_schema(column.children, whom);
}

std::string column_schema(const Column& column, SchemaFor whom) {
  const bool repeated = column.mode == Mode::kRepeated;
  std::string schema = "{";
  if (column.type != ColumnType::kJson) {
    schema.append(R"("description":")");
    append_json_escaped(schema, column.description);
    schema.append("\",");
  }
  if (repeated) schema.append(R"("type":["array","null"],"items":{)");
  if (column.type != ColumnType::kRecord) {
    schema.append(scalar_members(column.type));
  } else if (whom == SchemaFor::kRequest && column.message == "EventParam") {
    schema.append(R"("$ref":"#/components/schemas/Parameter")");
  } else {
    schema.append(repeated ? R"("type":"object",)" : R"("type":["object","null"],)");
    schema.append(object_members(column, whom));
  }
  schema.append(repeated ? "}}" : "}");
  return schema;
}

}  // namespace

std::string properties_schema(std::span<const Column> columns, SchemaFor whom) {
  std::string properties = "{";
  for (const Column& column : columns) {
    if (properties.size() > 1) properties.push_back(',');
    properties.push_back('"');
    append_json_escaped(properties, column.name);
    properties.append("\":").append(column_schema(column, whom));
  }
  properties.push_back('}');
  return properties;
}

}  // namespace rs::pages
