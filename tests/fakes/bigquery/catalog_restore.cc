// What a file kept of an earlier run, back in the catalog.
#include <algorithm>
#include <utility>

#include "fakes/bigquery/catalog.h"
#include "fakes/bigquery/table_store.h"

namespace rs::fakes {
namespace {

std::shared_ptr<const DefaultColumns> defaults_of(const std::vector<std::string>& names,
                                                  const Schema& columns) {
  auto out = std::make_shared<DefaultColumns>(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    (*out)[i] = std::find(names.begin(), names.end(), columns[i].name) != names.end();
  }
  return out;
}

}  // namespace

Result<void> Catalog::restore(TableStore& store, std::string_view id_column) {
  const MutexLock lock(mutex_);
  RS_TRY(auto datasets, store.datasets());
  for (auto& each : datasets) datasets_[{each.project, each.dataset}] = std::move(each.resource);
  RS_TRY(auto tables, store.tables());
  // Past every etag and version of the run that wrote them.
  last_number_ = static_cast<std::uint64_t>(now_micros());
  for (auto& each : tables) {
    auto shape = read_shape(each.name, each.resource);
    if (!shape) return fail(ErrorCode::kRefused, shape.error().message);
    Table& table = tables_[each.name];
    table.resource = std::move(each.resource);
    table.shape = table.write_shape = *std::move(shape);
    table.incarnation = ++last_number_;
  }
  // A table only ever gains columns, so what was written to it can be read by its columns of today.
  std::map<std::pair<TableName, std::string>, std::shared_ptr<const RowReader>> readers;
  Result<void> good;
  auto visited = store.visit_rows([&](TableStore::Row row) REQUIRES(mutex_) {
    Table& table = tables_[row.table];
    auto& reader = readers[{row.table, row.writer}];
    if (reader == nullptr) {
      google::protobuf::DescriptorProto writer;
      writer.ParseFromString(row.writer);
      auto compiled = RowReader::compile(writer, table.shape, id_column);
      if (!compiled) {
        good = fail(ErrorCode::kRefused, compiled.error().message);
        return;
      }
      reader = *std::move(compiled);
    }
    show(table, std::make_shared<const StoredRows>(
                    StoredRows{reader,
                               defaults_of(row.defaults, table.shape->columns),
                               row.time,
                               1,
                               {std::move(row.bytes)}}));
  });
  if (!visited) return visited;
  store_ = &store;
  return good;
}

}  // namespace rs::fakes
