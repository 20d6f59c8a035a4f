#include "duckdb/batch_table.h"

#include <memory>
#include <string>

namespace rs::duckdb {
namespace {

// The database has one thread, so DuckDB works on the thread that asks it to. LocalSink compares
// counts, and so would notice if it did not.
thread_local BatchReading* reading = nullptr;

struct TableColumn {
  std::string name;
  DuckdbType type;
};
using TableColumns = std::vector<TableColumn>;

void bind_columns(duckdb_bind_info info) {
  const auto* columns = static_cast<TableColumns*>(library().bind_get_extra_info(info));
  for (const auto& [name, type] : *columns) {
    library().bind_add_result_column(info, name.c_str(), type.get());
  }
}

void start_scan(duckdb_init_info info) {
  library().init_set_max_threads(info, 1);
}

void next_rows(duckdb_function_info info, duckdb_data_chunk chunk) {
  if (reading == nullptr) {
    library().function_set_error(info, "incoming_rows() is for the server itself");
    return;
  }
  reading->fill(chunk);
}

void delete_columns(void* columns) {
  delete static_cast<TableColumns*>(columns);
}

}  // namespace

Result<void> add_incoming_rows(duckdb_connection connection, duckdb_result* described) {
  auto columns = std::make_unique<TableColumns>();
  for (idx_t i = 0; i < library().column_count(described); ++i) {
    columns->push_back({library().column_name(described, i),
                        DuckdbType(library().column_logical_type(described, i))});
  }
  DuckdbTableFunction function(library().create_table_function());
  library().table_function_set_name(function.get(), "incoming_rows");
  library().table_function_set_bind(function.get(), bind_columns);
  library().table_function_set_init(function.get(), start_scan);
  library().table_function_set_function(function.get(), next_rows);
  library().table_function_set_extra_info(function.get(), columns.release(), delete_columns);
  if (library().register_table_function(connection, function.get()) == DuckDBSuccess) return {};
  return fail(ErrorCode::kInternal, "DuckDB does not take the table function incoming_rows()");
}

BatchReading::BatchReading(const row::Batch& batch, std::size_t first, std::size_t weight_max,
                           ChunkWriter& writer)
    : batch_(batch), writer_(writer), weight_end_(writer.weight() + weight_max), next_(first) {
  reading = this;
}

BatchReading::~BatchReading() {
  reading = nullptr;
}

void BatchReading::fill(duckdb_data_chunk chunk) {
  writer_.begin(chunk);
  for (; next_ < batch_.size() && !writer_.full() && writer_.weight() < weight_end_; ++next_) {
    if (const auto why = writer_.add(batch_[next_]); !why.empty()) {
      rejected_.push_back({next_, std::string(why)});
    }
  }
  given_ += writer_.end();
}

}  // namespace rs::duckdb
