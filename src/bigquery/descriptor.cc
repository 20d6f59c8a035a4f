#include "bigquery/descriptor.h"

#include <algorithm>
#include <span>

#include <google/cloud/bigquery/storage/v1/protobuf.pb.h>

#include "row/columns.h"

namespace rs::bigquery {
namespace {

using ::google::protobuf::DescriptorProto;
using ::google::protobuf::FieldDescriptorProto;

FieldDescriptorProto::Type type_of(row::ColumnType type) {
  switch (type) {
    case row::ColumnType::kString:
    case row::ColumnType::kJson:
      return FieldDescriptorProto::TYPE_STRING;
    case row::ColumnType::kInteger:
    case row::ColumnType::kTimestamp:
      return FieldDescriptorProto::TYPE_INT64;
    case row::ColumnType::kFloat:
      return FieldDescriptorProto::TYPE_DOUBLE;
    case row::ColumnType::kBoolean:
      return FieldDescriptorProto::TYPE_BOOL;
    case row::ColumnType::kDate:
      return FieldDescriptorProto::TYPE_INT32;
    case row::ColumnType::kRecord:
      break;
  }
  return FieldDescriptorProto::TYPE_MESSAGE;
}

void fill(DescriptorProto& message, std::span<const row::Column> columns) {
  for (const row::Column& column : columns) {
    auto& field = *message.add_field();
    field.set_name(std::string(column.name));
    field.set_number(static_cast<int>(column.number));
    field.set_label(column.mode == row::Mode::kRepeated ? FieldDescriptorProto::LABEL_REPEATED
                                                        : FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type(type_of(column.type));
    if (column.type != row::ColumnType::kRecord) continue;
    field.set_type_name(std::string(column.message));
    const auto& known = message.nested_type();
    if (std::none_of(known.begin(), known.end(),
                     [&](const auto& nested) { return nested.name() == column.message; })) {
      auto& nested = *message.add_nested_type();
      nested.set_name(std::string(column.message));
      fill(nested, column.children);
    }
  }
}

std::string make_schema() {
  ::google::cloud::bigquery::storage::v1::ProtoSchema schema;
  schema.mutable_proto_descriptor()->set_name("Row");
  fill(*schema.mutable_proto_descriptor(), row::columns());
  return schema.SerializeAsString();
}

}  // namespace

const std::string& bigquery_writer_schema() {
  static const std::string schema = make_schema();
  return schema;
}

}  // namespace rs::bigquery
