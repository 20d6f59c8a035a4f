#include "fakes/bigquery/table_store.h"

#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "duckdb/error.h"
#include "fakes/bigquery/catalog.h"

namespace rs::fakes {
namespace {

using duckdb::library;
using duckdb::sql_text;

constexpr const char* kLayout = R"(
  CREATE TABLE IF NOT EXISTS datasets (project VARCHAR, dataset VARCHAR, resource JSON);
  CREATE TABLE IF NOT EXISTS tables (project VARCHAR, dataset VARCHAR, "table" VARCHAR, resource JSON);
  CREATE TABLE IF NOT EXISTS rows (project VARCHAR, dataset VARCHAR, "table" VARCHAR, row JSON,
    stored BIGINT, writer BIGINT, defaults VARCHAR, bytes_base64 VARCHAR);
  CREATE TABLE IF NOT EXISTS writers (number BIGINT, descriptor_base64 VARCHAR);)";

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string where_dataset(const std::string& project, const std::string& dataset) {
  return fmt::format(" WHERE project = {} AND dataset = {}", sql_text(project), sql_text(dataset));
}

std::string where_table(const TableName& name) {
  return where_dataset(name.project, name.dataset) +
         fmt::format(" AND \"table\" = {}", sql_text(name.table));
}

std::string_view text_at(duckdb_vector vector, idx_t row) {
  auto& text = static_cast<duckdb_string_t*>(library().vector_get_data(vector))[row];
  const auto size = text.value.inlined.length;
  constexpr std::uint32_t kInlinedMax = 12;
  return {size <= kInlinedMax ? text.value.inlined.inlined : text.value.pointer.ptr, size};
}

}  // namespace

struct TableStore::Database {
  std::string path;
  duckdb::DuckdbDatabase database;
  duckdb::DuckdbConnection connection;

  // Each row of the answer, whose columns are all VARCHAR and not NULL.
  Result<void> query(const std::string& sql,
                     const std::function<void(std::span<const std::string_view>)>& visit) const {
    duckdb::DuckdbResult result;
    if (library().query(connection.get(), sql.c_str(), result.get()) != DuckDBSuccess) {
      return fail(ErrorCode::kRefused,
                  fmt::format("{}: {}", path, library().result_error(result.get())));
    }
    std::vector<std::string_view> cells(library().column_count(result.get()));
    for (;;) {
      const duckdb::DuckdbChunk chunk(library().fetch_chunk(*result.get()));
      if (!chunk) return {};
      for (idx_t row = 0; row < library().data_chunk_get_size(chunk.get()); ++row) {
        for (idx_t column = 0; column < cells.size(); ++column) {
          cells[column] = text_at(library().data_chunk_get_vector(chunk.get(), column), row);
        }
        visit(cells);
      }
    }
  }
};

TableStore::TableStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

TableStore::~TableStore() = default;

Result<std::unique_ptr<TableStore>> TableStore::open(const std::string& path) {
  if (auto loaded = duckdb::load_duckdb(); !loaded) return tl::unexpected(loaded.error());
  auto database = std::make_unique<Database>();
  database->path = path;
  char* error = nullptr;
  if (library().open_ext(path.c_str(), database->database.out(), nullptr, &error) !=
      DuckDBSuccess) {
    auto why = fmt::format("{}: {}", path, error == nullptr ? "unknown error" : error);
    library().free(error);
    return fail(ErrorCode::kRefused, std::move(why));
  }
  if (library().connect(database->database.get(), database->connection.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kRefused, path + ": no connection");
  }
  auto made = duckdb::execute(database->connection.get(), kLayout, path);
  if (!made) return tl::unexpected(made.error());
  std::unique_ptr<TableStore> store(new TableStore(std::move(database)));
  auto read = store->database_->query(
      "SELECT number::VARCHAR, descriptor_base64 FROM writers", [&](auto cells) {
        store->writers_[*decode_base64(cells[1])] = std::stoll(std::string(cells[0]));
      });
  if (!read) return tl::unexpected(read.error());
  return store;
}

Result<std::vector<TableStore::Dataset>> TableStore::datasets() const {
  std::vector<Dataset> out;
  auto read =
      database_->query("SELECT project, dataset, resource::VARCHAR FROM datasets", [&](auto cells) {
        out.push_back({std::string(cells[0]), std::string(cells[1]), *Json::parse(cells[2])});
      });
  if (!read) return tl::unexpected(read.error());
  return out;
}

Result<std::vector<TableStore::Table>> TableStore::tables() const {
  std::vector<Table> out;
  auto read = database_->query(
      R"(SELECT project, dataset, "table", resource::VARCHAR FROM tables)", [&](auto cells) {
        out.push_back({{std::string(cells[0]), std::string(cells[1]), std::string(cells[2])},
                       *Json::parse(cells[3])});
      });
  if (!read) return tl::unexpected(read.error());
  return out;
}

Result<void> TableStore::visit_rows(const std::function<void(Row)>& visit) const {
  std::map<std::string, const std::string*> by_number;
  for (const auto& [writer, number] : writers_) by_number[std::to_string(number)] = &writer;
  return database_->query(
      R"(SELECT project, dataset, "table", stored::VARCHAR, writer::VARCHAR, defaults, bytes_base64
         FROM rows ORDER BY rowid)",
      [&](auto cells) {
        Row row;
        row.table = {std::string(cells[0]), std::string(cells[1]), std::string(cells[2])};
        row.time = std::stoll(std::string(cells[3]));
        row.writer = *by_number.at(std::string(cells[4]));
        std::string_view names = cells[5];
        while (!names.empty()) row.defaults.emplace_back(take_until(names, ','));
        row.bytes = *decode_base64(cells[6]);
        visit(std::move(row));
      });
}

void TableStore::change(const std::string& statements) {
  const auto done = duckdb::execute(database_->connection.get(), "BEGIN;" + statements + ";COMMIT",
                                    database_->path);
  if (done) return;
  std::fprintf(stderr, "fake-bigquery: %s\n", done.error().message.c_str());
  std::abort();
}

void TableStore::put_dataset(const std::string& project, const std::string& dataset,
                             const Json& resource) {
  change(fmt::format("DELETE FROM datasets{}; INSERT INTO datasets VALUES ({}, {}, {})",
                     where_dataset(project, dataset), sql_text(project), sql_text(dataset),
                     sql_text(resource.print())));
}

void TableStore::put_table(const TableName& name, const Json& resource) {
  change(fmt::format("DELETE FROM tables{}; INSERT INTO tables VALUES ({}, {}, {}, {})",
                     where_table(name), sql_text(name.project), sql_text(name.dataset),
                     sql_text(name.table), sql_text(resource.print())));
}

std::int64_t TableStore::writer_number(const std::string& writer) {
  const auto [at, is_new] = writers_.emplace(writer, static_cast<std::int64_t>(writers_.size()));
  if (is_new) {
    change(fmt::format("INSERT INTO writers VALUES ({}, '{}')", at->second, base64(writer)));
  }
  return at->second;
}

void TableStore::add_rows(const TableName& name, const StoredRows& rows) {
  const auto& reader = *rows.reader;
  std::string defaults;
  for (std::size_t i = 0; i < rows.defaults->size(); ++i) {
    if (!(*rows.defaults)[i]) continue;
    if (!defaults.empty()) defaults += ',';
    defaults += reader.shape().columns[i].name;
  }
  const auto writer = writer_number(reader.writer());
  const auto place = fmt::format("({}, {}, {}, ", sql_text(name.project), sql_text(name.dataset),
                                 sql_text(name.table));
  std::string statement = "INSERT INTO rows VALUES ";
  for (const std::string& row : rows.rows) {
    statement += place;
    statement += sql_text(reader.json(row, *rows.defaults, rows.time));
    fmt::format_to(std::back_inserter(statement), ", {}, {}, '{}', '{}'),", rows.time, writer,
                   defaults, base64(row));
  }
  statement.pop_back();
  change(statement);
}

void TableStore::drop_dataset(const std::string& project, const std::string& dataset) {
  const auto where = where_dataset(project, dataset);
  change(fmt::format("DELETE FROM rows{0}; DELETE FROM tables{0}; DELETE FROM datasets{0}", where));
}

void TableStore::drop_table(const TableName& name) {
  const auto where = where_table(name);
  change(fmt::format("DELETE FROM rows{0}; DELETE FROM tables{0}", where));
}

}  // namespace rs::fakes
