#include "duckdb/table.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "duckdb/error.h"
#include "duckdb/macros.h"
#include "row/columns.h"
#include "row/print_schema.h"

namespace rs::duckdb {
namespace {

std::string take_text(char* text) {
  std::string copy = text == nullptr ? "" : text;
  library().free(text);
  return copy;
}

// DuckDB's type as its SQL writes it, as far as conflicts need it.
std::string type_text(duckdb_logical_type type) {
  std::string alias = take_text(library().logical_type_get_alias(type));
  if (!alias.empty()) return alias;
  switch (library().get_type_id(type)) {
    case DUCKDB_TYPE_LIST: {
      const DuckdbType element(library().list_type_child_type(type));
      return type_text(element.get()) + "[]";
    }
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL";
    default:
      return fmt::format("DuckDB's type {}", static_cast<int>(library().get_type_id(type)));
  }
}

// Same, without what is inside a STRUCT: that is compared member by member.
std::string type_text(const row::Column& column) {
  std::string text = column.type == row::ColumnType::kRecord ? "STRUCT" : "";
  if (text.empty()) return row::duckdb_type(column);
  if (column.mode == row::Mode::kRepeated) text += "[]";
  return text;
}

// Compares, and collects the ALTER statements that add what is missing.
class Comparison {
 public:
  explicit Comparison(std::string_view path) : path_(path) {}

  // `sql` is the place as ALTER TABLE wants it ("event_params".element."value"), `name` as people
  // write it (event_params.value).
  struct Place {
    std::string sql, name;
    [[nodiscard]] Place member(const row::Column& column, bool in_list) const {
      const auto quoted = fmt::format("\"{}\"", column.name);
      if (name.empty()) return {quoted, std::string(column.name)};
      return {sql + (in_list ? ".element." : ".") + quoted,
              fmt::format("{}.{}", name, column.name)};
    }
  };

  Result<void> compare(const row::Column& column, const Place& place, duckdb_logical_type type) {
    if (type_text(column) != type_text(type)) {
      return fail(ErrorCode::kRefused,
                  fmt::format("{}: column {} of table events is {}, and the rows of this version "
                              "have {}. Rename the column or move the file away (a new one is "
                              "made)",
                              path_, place.name, type_text(type), type_text(column)));
    }
    if (column.type != row::ColumnType::kRecord) return {};
    const bool list = column.mode == row::Mode::kRepeated;
    const DuckdbType element(list ? library().list_type_child_type(type) : nullptr);
    return compare_members(column.children, place, list ? element.get() : type, list);
  }

  void add(const row::Column& column, const Place& place) {
    statements_ +=
        fmt::format("ALTER TABLE events ADD COLUMN {} {};", place.sql, row::duckdb_type(column));
  }

  [[nodiscard]] const std::string& statements() const { return statements_; }

 private:
  Result<void> compare_members(std::span<const row::Column> columns, const Place& place,
                               duckdb_logical_type type, bool in_list) {
    for (const auto& column : columns) {
      const Place member = place.member(column, in_list);
      bool found = false;
      for (idx_t i = 0; i < library().struct_type_child_count(type) && !found; ++i) {
        if (take_text(library().struct_type_child_name(type, i)) != column.name) continue;
        found = true;
        const DuckdbType child(library().struct_type_child_type(type, i));
        if (auto same = compare(column, member, child.get()); !same) return same;
      }
      if (!found) add(column, member);
    }
    return {};
  }

  std::string_view path_;
  std::string statements_;
};

// The statements that widen the table; empty when it has everything.
Result<std::string> widening(duckdb_result* described, std::string_view path) {
  Comparison comparison(path);
  for (const auto& column : row::columns()) {
    const auto place = Comparison::Place{}.member(column, false);
    bool found = false;
    for (idx_t i = 0; i < library().column_count(described) && !found; ++i) {
      if (column.name != library().column_name(described, i)) continue;
      found = true;
      const DuckdbType type(library().column_logical_type(described, i));
      const auto same = comparison.compare(column, place, type.get());
      if (!same) return tl::unexpected(same.error());
    }
    if (!found) comparison.add(column, place);
  }
  return comparison.statements();
}

}  // namespace

Result<void> prepare_table(duckdb_connection connection, std::string_view path) {
  auto made = execute(
      connection, fmt::format("CREATE TABLE IF NOT EXISTS events (\n{}\n)", row::duckdb_columns()),
      path);
  if (!made) return made;

  std::string statements;
  {
    DuckdbResult described;
    if (library().query(connection, "SELECT * FROM events LIMIT 0", described.get()) !=
        DuckDBSuccess) {
      return tl::unexpected(duckdb_error(library().result_error_type(described.get()),
                                         library().result_error(described.get()), path));
    }
    RS_TRY(statements, widening(described.get(), path));
  }
  return execute(connection, "BEGIN;" + statements + std::string(kLocalMacros) + "COMMIT", path);
}

}  // namespace rs::duckdb
