#include "bigquery/schema.h"

#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"
#include "row/columns.h"
#include "row/print_schema.h"

namespace rs::bigquery {
namespace {

namespace dom = simdjson::dom;

// The server answers with the older names, people and tools write the newer ones.
constexpr std::pair<std::string_view, std::string_view> kNewerNames[] = {
    {"INT64", "INTEGER"}, {"FLOAT64", "FLOAT"}, {"BOOL", "BOOLEAN"}, {"STRUCT", "RECORD"}};

std::string_view older_name(std::string_view type) {
  for (const auto& [newer, older] : kNewerNames) {
    if (type == newer) return older;
  }
  return type;
}

std::string_view text_of(dom::object field, const char* key, std::string_view otherwise) {
  std::string_view text;
  return field[key].get(text) == simdjson::SUCCESS ? text : otherwise;
}

// "REPEATED RECORD"
std::string shape(std::string_view mode, std::string_view type) {
  return mode == "NULLABLE" ? std::string(type) : fmt::format("{} {}", mode, type);
}

std::optional<dom::object> find(dom::array fields, std::string_view name) {
  for (const auto each : fields) {
    dom::object field;
    if (each.get(field) == simdjson::SUCCESS &&
        equals_ignoring_case(text_of(field, "name", ""), name)) {
      return field;
    }
  }
  return std::nullopt;
}

class Comparing {
 public:
  explicit Comparing(SchemaComparison& out) : out_(out) {}

  // Returns the merged list.
  std::string compare(dom::array fields, std::span<const row::Column> columns,
                      const std::string& parent) {
    std::vector<std::string> merged;
    for (const auto each : fields) {
      dom::object field;
      if (each.get(field) != simdjson::SUCCESS) continue;
      merged.push_back(compare_field(field, columns, parent));
    }
    for (const auto& column : columns) {
      if (find(fields, column.name)) continue;
      out_.missing.push_back(parent + std::string(column.name));
      const auto list = row::bigquery_fields({&column, 1});
      merged.push_back(list.substr(1, list.size() - 2));
    }
    return fmt::format("[{}]", fmt::join(merged, ","));
  }

 private:
  std::string compare_field(dom::object field, std::span<const row::Column> columns,
                            const std::string& parent) {
    const auto name = text_of(field, "name", "");
    const auto mode = text_of(field, "mode", "NULLABLE");
    const row::Column* column = nullptr;
    for (const auto& each : columns) {
      if (equals_ignoring_case(each.name, name)) column = &each;
    }
    const auto path = parent + std::string(name);
    if (mode == "REQUIRED") {
      out_.conflicts.push_back(fmt::format(
          "column {} is REQUIRED in the table and may be missing in a row: run ALTER TABLE ... "
          "ALTER COLUMN {} DROP NOT NULL, or drop the column",
          path, path));
    } else if (column != nullptr && !fits(field, mode, *column, path)) {
      return simdjson::minify(field);
    }
    dom::array children;
    if (column == nullptr || column->type != row::ColumnType::kRecord ||
        field["fields"].get(children) != simdjson::SUCCESS) {
      return simdjson::minify(field);
    }
    const auto nested = compare(children, column->children, path + ".");
    std::vector<std::string> members;
    for (const auto& [key, value] : field) {
      members.push_back(
          fmt::format("\"{}\":{}", key, key == "fields" ? nested : simdjson::minify(value)));
    }
    return fmt::format("{{{}}}", fmt::join(members, ","));
  }

  bool fits(dom::object field, std::string_view mode, const row::Column& column,
            const std::string& path) {
    const auto there = shape(mode, older_name(text_of(field, "type", "")));
    const auto here = shape(column.mode == row::Mode::kRepeated ? "REPEATED" : "NULLABLE",
                            row::bigquery_type(column.type));
    if (there == here) return true;
    out_.conflicts.push_back(
        fmt::format("column {} is {} in the table and {} in the rows", path, there, here));
    return false;
  }

  SchemaComparison& out_;
};

}  // namespace

Result<SchemaComparison> compare_schema(std::string_view fields) {
  dom::parser parser;
  dom::array list;
  if (parser.parse(simdjson::padded_string(fields)).get(list) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUnavailable, "BigQuery's answer has no list of columns");
  }
  SchemaComparison out;
  out.merged = Comparing(out).compare(list, row::columns(), "");
  return out;
}

}  // namespace rs::bigquery
