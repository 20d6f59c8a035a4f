#include "fakes/bigquery/row_reader.h"

#include <fmt/format.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include "base/text.h"
#include "fakes/bigquery/row_plan.h"
#include "fakes/bigquery/value_check.h"

namespace rs::fakes {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;

constexpr const char* kFileName = "BqMessage.proto";  // The service's own name for it.

class FirstProblem final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message* /*descriptor*/, ErrorLocation /*where*/,
                const std::string& message) override {
    if (text.empty())
      text = fmt::format("Invalid proto schema: {}: {}: {}", file, element, message);
  }
  std::string text;
};

std::string join(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ","));
}

WriteError invalid(std::string message) {
  WriteError error;
  error.message = std::move(message);
  return error;
}

const char* fit_problem(const SchemaColumn& column, const FieldDescriptor& field) {
  if (field.is_repeated() != (column.mode == ColumnMode::kRepeated)) {
    return field.is_repeated() ? "repeated" : "not repeated";
  }
  return takes_field(column.type, field) ? nullptr : field.type_name();
}

// The table's columns without a field that a row cannot do without.
std::vector<std::string> missing_columns(const Schema& columns, const std::vector<bool>& present,
                                         const std::string& path) {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool needed =
        columns[i].mode == ColumnMode::kRequired && columns[i].default_expression.empty();
    if (needed && !present[i]) missing.push_back(path + columns[i].name);
  }
  return missing;
}

}  // namespace

RowReader::~RowReader() = default;

WriteResult<std::unique_ptr<RowReader::Message>> RowReader::plan(const Descriptor& message,
                                                                 const Schema& columns,
                                                                 const std::string& path) {
  auto out = std::make_unique<Message>();
  std::vector<std::string> extra;
  std::vector<bool> present(columns.size());
  out->fields.reserve(static_cast<std::size_t>(message.field_count()));
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& from = *message.field(i);
    const SchemaColumn* column = find_column(columns, column_name(from));
    if (column == nullptr) {
      extra.push_back(path + std::string(column_name(from)));
      continue;
    }
    present[static_cast<std::size_t>(column - columns.data())] = true;
    Field& field = out->fields.emplace_back(from, *column, path + column->name);
    if (const char* problem = fit_problem(*column, from)) {
      return deny(
          invalid(fmt::format("The proto field mismatched with BigQuery field at {}, the proto "
                              "field type {}, BigQuery field type {}",
                              field.path, problem, type_name(column->type))));
    }
    if (field.is_record) {
      auto inner = plan(*from.message_type(), column->fields, field.path + ".");
      if (!inner) return inner;
      field.record = *std::move(inner);
    }
  }
  if (!extra.empty()) {
    WriteError error = invalid(
        "Input schema has more fields than BigQuery schema, extra fields: '" + join(extra) + "'");
    error.storage_error = kExtraFields;
    return deny(std::move(error));
  }
  if (const auto missing = missing_columns(columns, present, path); !missing.empty()) {
    return deny(
        invalid("Required fields are missing from the writer schema: '" + join(missing) + "'"));
  }
  out->index();
  return out;
}

WriteResult<std::shared_ptr<const RowReader>> RowReader::compile(
    const google::protobuf::DescriptorProto& writer, std::shared_ptr<const TableShape> shape,
    std::string_view id_column) {
  std::shared_ptr<RowReader> reader(new RowReader);
  reader->writer_ = writer.SerializeAsString();
  reader->shape_ = std::move(shape);
  // Only these of Google's own messages may be named by a writer (supported-data-types.md).
  reader->pool_ = std::make_unique<DescriptorPool>(DescriptorPool::generated_pool());
  google::protobuf::FileDescriptorProto file;
  file.set_name(kFileName);
  for (const Descriptor* known :
       {google::protobuf::Int64Value::descriptor(), google::protobuf::Timestamp::descriptor(),
        google::protobuf::Duration::descriptor()}) {
    file.add_dependency(known->file()->name());
  }
  *file.add_message_type() = writer;
  if (file.message_type(0).name().empty()) file.mutable_message_type(0)->set_name("Root");
  FirstProblem problem;
  const auto* built = reader->pool_->BuildFileCollectingErrors(file, &problem);
  if (built == nullptr) return deny(invalid(problem.text));
  const Descriptor& root = *built->message_type(0);
  auto planned = reader->plan(root, reader->shape_->columns, "");
  if (!planned) return tl::unexpected(planned.error());
  reader->root_ = *std::move(planned);
  reader->fields_.resize(reader->shape_->columns.size());
  for (const Field& field : reader->root_->fields) {
    const auto at = static_cast<std::size_t>(&field.column - reader->shape_->columns.data());
    reader->fields_[at] = &field.descriptor;
    if (field.is_record) continue;
    if (equals_ignoring_case(field.column.name, id_column)) reader->id_field_ = &field.descriptor;
    if (equals_ignoring_case(field.column.name, reader->shape_->partition_column)) {
      reader->partition_field_ = &field.descriptor;
    }
  }
  reader->factory_ = std::make_unique<google::protobuf::DynamicMessageFactory>(reader->pool_.get());
  reader->prototype_ = reader->factory_->GetPrototype(&root);
  return std::shared_ptr<const RowReader>(std::move(reader));
}

}  // namespace rs::fakes
