// row/columns.cc: the tree of columns as constant tables.

#include <stdexcept>

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include "emit.h"

namespace rs::row_generator {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::UnknownField;

// Our options are unknown to the compiled-in FieldOptions, so they are read by their numbers.
const UnknownField* find_option(const FieldDescriptor& field, const std::string& name) {
  const auto* extension = field.file()->FindExtensionByName(name);
  if (extension == nullptr) throw std::runtime_error("event.proto defines no option " + name);
  const auto& options = field.options();
  const auto& unknown = options.GetReflection()->GetUnknownFields(options);
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).number() == extension->number()) return &unknown.field(i);
  }
  return nullptr;
}

std::string description(const FieldDescriptor& field) {
  const UnknownField* option = find_option(field, "description");
  if (option == nullptr) throw std::runtime_error(field.full_name() + " has no description");
  std::string out;
  for (const char c : option->length_delimited()) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string column_type(const FieldDescriptor& field) {
  if (const UnknownField* option = find_option(field, "column_type")) {
    const auto* type = field.file()->FindEnumTypeByName("ColumnType");
    const std::string name = type->FindValueByNumber(static_cast<int>(option->varint()))->name();
    const auto is = [&](const char* column, FieldDescriptor::Type wire) {
      return name == column && field.type() == wire;
    };
    if (is("DATE", FieldDescriptor::TYPE_INT32)) return "kDate";
    if (is("TIMESTAMP", FieldDescriptor::TYPE_INT64)) return "kTimestamp";
    if (is("JSON", FieldDescriptor::TYPE_STRING)) return "kJson";
    throw std::runtime_error(field.full_name() + " can not be a " + name);
  }
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      return "kString";
    case FieldDescriptor::TYPE_INT64:
      return "kInteger";
    case FieldDescriptor::TYPE_DOUBLE:
      return "kFloat";
    case FieldDescriptor::TYPE_BOOL:
      return "kBoolean";
    case FieldDescriptor::TYPE_MESSAGE:
      return "kRecord";
    default:
      throw std::runtime_error(field.full_name() + " has a type no column has");
  }
}

}  // namespace

std::string emit_columns(const Messages& messages, const std::string& proto_text) {
  std::string out =
      "// Generated from proto/event.proto by tools/row_generator.\n// NOLINTBEGIN\n"
      "#include \"row/columns.h\"\n\nnamespace rs::row {\nnamespace {\n";
  for (const Descriptor* message : messages) {
    out += fmt::format("\nconstexpr Column k{}Columns[] = {{\n", message->name());
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      const Descriptor* child = field.message_type();
      out +=
          fmt::format("    {{\"{}\", \"{}\", ColumnType::{}, Mode::{}, {}, \"{}\", {}}},\n",
                      field.name(), description(field), column_type(field),
                      field.is_repeated() ? "kRepeated" : "kNullable", field.number(),
                      child ? child->name() : "", child ? "k" + child->name() + "Columns" : "{}");
    }
    out += "};\n";
  }
  out += fmt::format("\nconstexpr char kProtoText[] = R\"proto({})proto\";\n", proto_text);
  out += "\n}  // namespace\n\nstd::span<const Column> columns() { return kRowColumns; }\n";
  out += "\nstd::string_view proto_text() { return kProtoText; }\n";
  return out + "\n}  // namespace rs::row\n// NOLINTEND\n";
}

}  // namespace rs::row_generator
