// Datasets and tables, as REST sees them. catalog_streams.cc has the write side.
#include "fakes/bigquery/catalog.h"

#include <chrono>

#include <fmt/format.h>

#include "base/text.h"
#include "fakes/bigquery/table_store.h"
#include "fakes/bigquery/value_text.h"

namespace rs::fakes {
namespace {

std::string millis_text(std::int64_t micros) {
  return std::to_string(micros / 1000);
}

tl::unexpected<ApiError> no_dataset(const std::string& project, const std::string& dataset) {
  return refuse(404, "notFound", fmt::format("Not found: Dataset {}:{}", project, dataset));
}

tl::unexpected<ApiError> no_table(const TableName& name) {
  return refuse(404, "notFound", "Not found: Table " + table_id(name));
}

bool is_simple(const SchemaColumn& column) {
  return column.mode != ColumnMode::kRepeated && column.type != ValueType::kRecord &&
         column.type != ValueType::kJson && column.type != ValueType::kFloat;
}

ApiResult<std::string> read_partitioning(const Json& resource, const Schema& columns) {
  const Json* partitioning = resource.find("timePartitioning");
  if (partitioning == nullptr) return std::string();
  const std::string name(partitioning->text("field"));
  if (name.empty()) return name;
  const SchemaColumn* column = find_column(columns, name);
  if (column == nullptr) {
    return refuse(400, "invalid",
                  "The field specified for partitioning cannot be found in the schema: " + name);
  }
  if (column->type != ValueType::kDate && column->type != ValueType::kTimestamp &&
      column->type != ValueType::kDateTime) {
    return refuse(
        400, "invalid",
        fmt::format(
            "The field specified for time partitioning can only be of type TIMESTAMP, DATE or "
            "DATETIME. The type found is: {}.",
            type_name(column->type)));
  }
  return column->type == ValueType::kDateTime ? std::string() : name;
}

ApiResult<void> check_clustering(const Json& resource, const Schema& columns) {
  const Json* clustering = resource.find("clustering");
  const Json* fields = clustering == nullptr ? nullptr : clustering->find("fields");
  if (fields == nullptr) return {};
  if (fields->items().empty() || fields->items().size() > 4) {
    return refuse(400, "invalid", "Clustering takes 1 to 4 fields");
  }
  for (const Json& field : fields->items()) {
    const SchemaColumn* column = find_column(columns, field.text());
    if (column == nullptr || !is_simple(*column)) {
      return refuse(400, "invalid",
                    fmt::format("The field specified for clustering cannot be found in the schema. "
                                "Invalid field: {}.",
                                field.text()));
    }
  }
  return {};
}

void apply_patch(Json& resource, const Json& patch) {
  for (const auto& [key, value] : patch.members()) {
    if (key == "etag" || key == "tableReference" || key == "id" || key == "kind") continue;
    if (value.is_null()) {
      resource.remove(key);
    } else if (key == "labels") {
      apply_patch(resource["labels"], value);
    } else {
      resource[key] = value;
    }
  }
}

}  // namespace

std::int64_t now_micros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::string table_path(const TableName& name) {
  return fmt::format("projects/{}/datasets/{}/tables/{}", name.project, name.dataset, name.table);
}

std::string table_id(const TableName& name) {
  return fmt::format("{}:{}.{}", name.project, name.dataset, name.table);
}

ApiResult<Json> Catalog::insert_dataset(const std::string& project, Json body) {
  const Json* reference = body.find("datasetReference");
  const std::string dataset(reference == nullptr ? "" : reference->text("datasetId"));
  if (dataset.empty())
    return refuse(400, "required", "Required parameter is missing: datasetReference.datasetId");
  const MutexLock lock(mutex_);
  if (datasets_.count({project, dataset}) != 0) {
    return refuse(409, "duplicate", fmt::format("Already Exists: Dataset {}:{}", project, dataset));
  }
  const std::string now = millis_text(now_micros());
  body["kind"] = Json::of("bigquery#dataset");
  body["id"] = Json::of(project + ":" + dataset);
  body["etag"] = Json::of(fmt::format("d{}", ++last_number_));
  body["datasetReference"]["projectId"] = Json::of(project);
  if (body.text("location").empty()) body["location"] = Json::of("US");
  body["creationTime"] = body["lastModifiedTime"] = Json::of(now);
  body["type"] = Json::of("DEFAULT");
  if (store_ != nullptr) store_->put_dataset(project, dataset, body);
  return datasets_[{project, dataset}] = std::move(body);
}

ApiResult<Json> Catalog::get_dataset(const std::string& project, const std::string& dataset) const {
  const MutexLock lock(mutex_);
  const auto at = datasets_.find({project, dataset});
  if (at == datasets_.end()) return no_dataset(project, dataset);
  return at->second;
}

Json Catalog::list_datasets(const std::string& project) const {
  const MutexLock lock(mutex_);
  Json out;
  out["kind"] = Json::of("bigquery#datasetList");
  Json& list = out["datasets"] = Json::array();
  for (const auto& [name, resource] : datasets_) {
    if (name.first == project) list.push(resource);
  }
  return out;
}

ApiResult<void> Catalog::delete_dataset(const std::string& project, const std::string& dataset) {
  const MutexLock lock(mutex_);
  if (datasets_.erase({project, dataset}) == 0) return no_dataset(project, dataset);
  std::erase_if(tables_, [&](const auto& entry) {
    return entry.first.project == project && entry.first.dataset == dataset;
  });
  if (store_ != nullptr) store_->drop_dataset(project, dataset);
  return {};
}

ApiResult<std::shared_ptr<const TableShape>> Catalog::read_shape(const TableName& name,
                                                                 Json& resource) {
  auto shape = std::make_shared<TableShape>();
  if (Json* schema = resource.find("schema")) {
    auto columns = read_schema((*schema)["fields"]);
    if (!columns) return refuse(400, "invalid", columns.error().message);
    shape->columns = *std::move(columns);
  }
  if (const Table* old = find(name)) {
    const auto fits = check_change(old->shape->columns, shape->columns, table_id(name));
    if (!fits) return refuse(400, "invalid", fits.error().message);
  }
  for (const SchemaColumn& column : shape->columns) {
    if (column.default_expression.empty() ||
        default_text(column.type, column.default_expression, 0))
      continue;
    return refuse(400, "invalid",
                  fmt::format("The fake takes literals and CURRENT_TIMESTAMP() as defaults, not {}",
                              column.default_expression));
  }
  auto partition = read_partitioning(resource, shape->columns);
  if (!partition) return tl::unexpected(partition.error());
  shape->partition_column = *std::move(partition);
  if (auto clustering = check_clustering(resource, shape->columns); !clustering) {
    return tl::unexpected(clustering.error());
  }
  shape->version = ++last_number_;
  return std::shared_ptr<const TableShape>(std::move(shape));
}

void Catalog::stamp(const TableName& name, Table& table) {
  Json& resource = table.resource;
  const std::string now = millis_text(now_micros());
  resource["etag"] = Json::of(fmt::format("t{}", ++last_number_));
  resource["lastModifiedTime"] = Json::of(now);
  if (resource.find("creationTime") != nullptr) return;
  resource["kind"] = Json::of("bigquery#table");
  resource["id"] = Json::of(table_id(name));
  Json& reference = resource["tableReference"];
  reference["projectId"] = Json::of(name.project);
  reference["datasetId"] = Json::of(name.dataset);
  reference["tableId"] = Json::of(name.table);
  resource["creationTime"] = Json::of(now);
  resource["type"] = Json::of("TABLE");
  resource["location"] = *datasets_[{name.project, name.dataset}].find("location");
}

Json Catalog::describe(const Table& table) const {
  Json out = table.resource;
  out["numRows"] = Json::of(std::to_string(table.row_count));
  out["numBytes"] = out["numLongTermBytes"] = Json::of("0");
  return out;
}

ApiResult<Json> Catalog::insert_table(const std::string& project, const std::string& dataset,
                                      Json body) {
  const MutexLock lock(mutex_);
  if (datasets_.count({project, dataset}) == 0) return no_dataset(project, dataset);
  const Json* reference = body.find("tableReference");
  const TableName name{project, dataset,
                       std::string(reference == nullptr ? "" : reference->text("tableId"))};
  if (name.table.empty())
    return refuse(400, "required", "Required parameter is missing: tableReference.tableId");
  if (tables_.count(name) != 0)
    return refuse(409, "duplicate", "Already Exists: Table " + table_id(name));
  Table table;
  auto shape = read_shape(name, body);
  if (!shape) return tl::unexpected(shape.error());
  table.shape = table.write_shape = *std::move(shape);
  table.resource = std::move(body);
  table.incarnation = ++last_number_;
  table.denials = fresh_table_denials_;
  stamp(name, table);
  if (store_ != nullptr) store_->put_table(name, table.resource);
  return describe(tables_[name] = std::move(table));
}

const Catalog::Table* Catalog::find(const TableName& name) const {
  const auto at = tables_.find(name);
  return at == tables_.end() ? nullptr : &at->second;
}

ApiResult<Json> Catalog::get_table(const TableName& name) const {
  const MutexLock lock(mutex_);
  if (datasets_.count({name.project, name.dataset}) == 0)
    return no_dataset(name.project, name.dataset);
  const Table* table = find(name);
  if (table == nullptr) return no_table(name);
  return describe(*table);
}

ApiResult<Json> Catalog::list_tables(const std::string& project, const std::string& dataset) const {
  const MutexLock lock(mutex_);
  if (datasets_.count({project, dataset}) == 0) return no_dataset(project, dataset);
  Json out;
  out["kind"] = Json::of("bigquery#tableList");
  Json& list = out["tables"] = Json::array();
  for (const auto& [name, table] : tables_) {
    if (name.project != project || name.dataset != dataset) continue;
    Json entry = table.resource;
    entry.remove("schema");
    list.push(std::move(entry));
  }
  out["totalItems"] = Json::of(std::uint64_t{list.items().size()});
  return out;
}

ApiResult<Json> Catalog::patch_table(const TableName& name, Json body, std::string_view if_match) {
  const MutexLock lock(mutex_);
  const auto at = tables_.find(name);
  if (at == tables_.end()) return no_table(name);
  Table& table = at->second;
  if (!if_match.empty() && if_match != "*" && if_match != table.resource.text("etag")) {
    return refuse(412, "conditionNotMet", "Precondition check failed.");
  }
  Json resource = table.resource;
  apply_patch(resource, body);
  auto shape = read_shape(name, resource);
  if (!shape) return tl::unexpected(shape.error());
  table.resource = std::move(resource);
  if (body.find("schema") != nullptr) {
    table.shape = *std::move(shape);
    if (!held_) table.write_shape = table.shape;
  }
  stamp(name, table);
  if (store_ != nullptr) store_->put_table(name, table.resource);
  return describe(table);
}

ApiResult<void> Catalog::delete_table(const TableName& name) {
  const MutexLock lock(mutex_);
  if (tables_.erase(name) == 0) return no_table(name);
  if (store_ != nullptr) store_->drop_table(name);
  return {};
}

RowChunks Catalog::rows(const TableName& name) const {
  const MutexLock lock(mutex_);
  const Table* table = find(name);
  return table == nullptr ? RowChunks{} : table->rows;
}

std::uint64_t Catalog::row_count(const TableName& name) const {
  const MutexLock lock(mutex_);
  const Table* table = find(name);
  return table == nullptr ? 0 : table->row_count;
}

void Catalog::hold_schema_changes(bool hold) {
  const MutexLock lock(mutex_);
  held_ = hold;
  if (hold) return;
  for (auto& [name, table] : tables_) table.write_shape = table.shape;
}

}  // namespace rs::fakes
