#include "row/print_schema.h"

#include <span>

#include "base/text.h"

namespace rs::row {
namespace {

// `"key": "value"`, escaped.
void append_pair(std::string& out, std::string_view key, std::string_view value) {
  out.append("\"").append(key).append("\": \"");
  append_json_escaped(out, value);
  out += '"';
}

void append_bigquery(std::string& out, std::span<const Column> columns, std::size_t indent) {
  const std::string margin(indent, ' ');
  out += "[\n";
  for (const Column& column : columns) {
    out += margin + "  {";
    append_pair(out, "name", column.name);
    out += ", ";
    append_pair(out, "type", bigquery_type(column.type));
    out += ", ";
    append_pair(out, "mode", column.mode == Mode::kRepeated ? "REPEATED" : "NULLABLE");
    out += ", ";
    append_pair(out, "description", column.description);
    if (column.type == ColumnType::kRecord) {
      out += ", \"fields\": ";
      append_bigquery(out, column.children, indent + 2);
    }
    out += &column == &columns.back() ? "}\n" : "},\n";
  }
  out += margin + "]";
}

void append_markdown(std::string& out, std::span<const Column> columns, const std::string& parent) {
  for (const Column& column : columns) {
    const std::string name = parent + std::string(column.name);
    out.append("| `").append(name).append("` | ").append(bigquery_type(column.type));
    if (column.mode == Mode::kRepeated) out += " REPEATED";
    out.append(" | ").append(column.description).append(" |\n");
    append_markdown(out, column.children, name + ".");
  }
}

void append_json_object(std::string& out, std::span<const Column> columns);

void append_json_type(std::string& out, const Column& column) {
  switch (column.type) {
    case ColumnType::kString:
      out += R"("type": "string")";
      break;
    case ColumnType::kInteger:
      out += R"("type": "integer", "format": "int64")";
      break;
    case ColumnType::kFloat:
      out += R"("type": "number", "format": "double")";
      break;
    case ColumnType::kBoolean:
      out += R"("type": "boolean")";
      break;
    case ColumnType::kDate:
      out += R"("type": "string", "format": "date")";
      break;
    case ColumnType::kTimestamp:
      out += R"("type": "string", "format": "date-time")";
      break;
    case ColumnType::kJson:  // Any value at all: no constraint.
      break;
    case ColumnType::kRecord:
      append_json_object(out, column.children);
      break;
  }
}

void append_json_object(std::string& out, std::span<const Column> columns) {
  out += R"("type": "object", "properties": {)";
  for (const Column& column : columns) {
    const bool repeated = column.mode == Mode::kRepeated;
    out.append("\"").append(column.name).append("\": {");
    append_pair(out, "description", column.description);
    if (column.type != ColumnType::kJson) out += ", ";
    if (repeated) out += R"("type": "array", "items": {)";
    append_json_type(out, column);
    out += repeated ? "}}" : "}";
    if (&column != &columns.back()) out += ", ";
  }
  out += "}";
}

std::string_view duckdb_scalar(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
      return "VARCHAR";
    case ColumnType::kInteger:
      return "BIGINT";
    case ColumnType::kFloat:
      return "DOUBLE";
    case ColumnType::kBoolean:
      return "BOOLEAN";
    case ColumnType::kDate:
      return "DATE";
    case ColumnType::kTimestamp:
      return "TIMESTAMP";
    case ColumnType::kJson:
      return "JSON";
    case ColumnType::kRecord:
      break;
  }
  return "STRUCT";
}

std::string duckdb_list(std::span<const Column> columns, std::string_view separator) {
  std::string out;
  for (const Column& column : columns) {
    if (!out.empty()) out += separator;
    out.append("\"").append(column.name).append("\" ").append(duckdb_type(column));
  }
  return out;
}

}  // namespace

std::optional<SchemaFormat> parse_schema_format(std::string_view name) {
  if (name == "bigquery") return SchemaFormat::kBigQuery;
  if (name == "duckdb") return SchemaFormat::kDuckDb;
  if (name == "proto") return SchemaFormat::kProto;
  if (name == "markdown") return SchemaFormat::kMarkdown;
  return std::nullopt;
}

std::string print_schema(SchemaFormat format) {
  std::string out;
  switch (format) {
    case SchemaFormat::kBigQuery:
      append_bigquery(out, columns(), 0);
      out += '\n';
      break;
    case SchemaFormat::kDuckDb:
      out = "CREATE TABLE events (\n" + duckdb_columns() + "\n);\n";
      break;
    case SchemaFormat::kProto:
      out = proto_text();
      break;
    case SchemaFormat::kMarkdown:
      out = "| Column | Type | Description |\n|---|---|---|\n";
      append_markdown(out, columns(), "");
      break;
  }
  return out;
}

std::string bigquery_fields(std::span<const Column> columns) {
  std::string out;
  append_bigquery(out, columns, 0);
  return out;
}

std::string_view bigquery_type(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
      return "STRING";
    case ColumnType::kInteger:
      return "INTEGER";
    case ColumnType::kFloat:
      return "FLOAT";
    case ColumnType::kBoolean:
      return "BOOLEAN";
    case ColumnType::kDate:
      return "DATE";
    case ColumnType::kTimestamp:
      return "TIMESTAMP";
    case ColumnType::kJson:
      return "JSON";
    case ColumnType::kRecord:
      break;
  }
  return "RECORD";
}

std::string duckdb_type(const Column& column) {
  std::string out(duckdb_scalar(column.type));
  if (column.type == ColumnType::kRecord) out += "(" + duckdb_list(column.children, ", ") + ")";
  if (column.mode == Mode::kRepeated) out += "[]";
  return out;
}

std::string duckdb_columns() {
  return "  " + duckdb_list(columns(), ",\n  ");
}

std::string json_schema() {
  std::string out = "{";
  append_json_object(out, columns());
  return out + "}";
}

}  // namespace rs::row
