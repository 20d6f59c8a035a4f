#include "fakes/bigquery/write_status.h"

namespace rs::fakes {
namespace {

namespace bqs = google::cloud::bigquery::storage::v1;

bqs::TableFieldSchema::Type wire_type(ValueType type) {
  switch (type) {
    case ValueType::kString:
      return bqs::TableFieldSchema::STRING;
    case ValueType::kBytes:
      return bqs::TableFieldSchema::BYTES;
    case ValueType::kInteger:
      return bqs::TableFieldSchema::INT64;
    case ValueType::kFloat:
      return bqs::TableFieldSchema::DOUBLE;
    case ValueType::kNumeric:
      return bqs::TableFieldSchema::NUMERIC;
    case ValueType::kBigNumeric:
      return bqs::TableFieldSchema::BIGNUMERIC;
    case ValueType::kBoolean:
      return bqs::TableFieldSchema::BOOL;
    case ValueType::kTimestamp:
      return bqs::TableFieldSchema::TIMESTAMP;
    case ValueType::kDate:
      return bqs::TableFieldSchema::DATE;
    case ValueType::kTime:
      return bqs::TableFieldSchema::TIME;
    case ValueType::kDateTime:
      return bqs::TableFieldSchema::DATETIME;
    case ValueType::kGeography:
      return bqs::TableFieldSchema::GEOGRAPHY;
    case ValueType::kInterval:
      return bqs::TableFieldSchema::INTERVAL;
    case ValueType::kJson:
      return bqs::TableFieldSchema::JSON;
    case ValueType::kRange:
      return bqs::TableFieldSchema::RANGE;
    case ValueType::kRecord:
      return bqs::TableFieldSchema::STRUCT;
  }
  return bqs::TableFieldSchema::TYPE_UNSPECIFIED;
}

void fill_field(const SchemaColumn& column, bqs::TableFieldSchema& field) {
  field.set_name(column.name);
  field.set_type(wire_type(column.type));
  field.set_mode(static_cast<bqs::TableFieldSchema::Mode>(static_cast<int>(column.mode) + 1));
  field.set_description(column.description);
  field.set_default_value_expression(column.default_expression);
  if (column.type == ValueType::kRange) {
    field.mutable_range_element_type()->set_type(wire_type(column.fields.front().type));
    return;
  }
  for (const SchemaColumn& inner : column.fields) fill_field(inner, *field.add_fields());
}

}  // namespace

bqs::StorageError storage_error(const WriteError& error) {
  bqs::StorageError out;
  out.set_code(static_cast<bqs::StorageError::StorageErrorCode>(error.storage_error));
  out.set_entity(error.entity);
  out.set_error_message(error.message);
  return out;
}

google::rpc::Status status_message(const WriteError& error) {
  google::rpc::Status status;
  status.set_code(error.code);
  status.set_message(error.message);
  if (error.storage_error != 0) status.add_details()->PackFrom(storage_error(error));
  return status;
}

void fill_schema(const Schema& columns, bqs::TableSchema& schema) {
  for (const SchemaColumn& column : columns) fill_field(column, *schema.add_fields());
}

}  // namespace rs::fakes
