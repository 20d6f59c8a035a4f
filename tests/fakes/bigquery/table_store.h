#pragma once
// Datasets, tables and rows of the fake in a DuckDB file: they outlive the program, and people can
// look at them with SQL. Streams do not: a writer that comes back makes a new one.
//
//   datasets (project, dataset, resource)
//   tables   (project, dataset, "table", resource)       the resource as REST has it
//   rows     (project, dataset, "table", row, ...)       the row as JSON; and as it came
//
// Not thread-safe: the catalog calls it with its lock held. A write that fails ends the program: an
// answer was given for what is not there.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fakes/bigquery/fake_bigquery.h"
#include "fakes/bigquery/json.h"

namespace rs::fakes {

struct StoredRows;

class TableStore {
 public:
  // Makes the file, or reads what it holds. kRefused: it is no such file, or another program has
  // it.
  [[nodiscard]] static Result<std::unique_ptr<TableStore>> open(const std::string& path);
  ~TableStore();
  TableStore(const TableStore&) = delete;
  TableStore& operator=(const TableStore&) = delete;

  struct Dataset {
    std::string project, dataset;
    Json resource;
  };
  struct Table {
    TableName name;
    Json resource;
  };
  // A row as it came, with what it takes to read it.
  struct Row {
    TableName table;
    std::int64_t time = 0;  // Of storing, in microseconds since 1970.
    std::string writer;     // The schema it was written with: a DescriptorProto, serialised.
    std::vector<std::string> defaults;  // Columns that take their default.
    std::string bytes;
  };
  [[nodiscard]] Result<std::vector<Dataset>> datasets() const;
  [[nodiscard]] Result<std::vector<Table>> tables() const;
  // In the order of their storing.
  [[nodiscard]] Result<void> visit_rows(const std::function<void(Row)>& visit) const;

  void put_dataset(const std::string& project, const std::string& dataset, const Json& resource);
  void put_table(const TableName& name, const Json& resource);
  void add_rows(const TableName& name, const StoredRows& rows);
  // With all that is in them.
  void drop_dataset(const std::string& project, const std::string& dataset);
  void drop_table(const TableName& name);

 private:
  struct Database;
  explicit TableStore(std::unique_ptr<Database> database);

  void change(const std::string& statements);
  [[nodiscard]] std::int64_t writer_number(const std::string& writer);

  std::unique_ptr<Database> database_;
  std::map<std::string, std::int64_t> writers_;
};

}  // namespace rs::fakes
