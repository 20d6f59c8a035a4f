// row/row.h: one struct per message, and row/fields.cc: its fields by name.

#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "emit.h"

namespace rs::row_generator {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr char kHeader[] = R"(#pragma once
// The row in memory: one struct per message of proto/event.proto, one field per column. Generated.
// Plain values and views. What they point at (the request, tables, an arena) must outlive the row.
// A field without a value is NULL. `Row row;` costs one flag a field; `Row()` clears all of it.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "row/field.h"

namespace rs::row {
)";

std::string value_type(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      return "std::string_view";
    case FieldDescriptor::TYPE_INT64:
      return "std::int64_t";
    case FieldDescriptor::TYPE_INT32:
      return "std::int32_t";
    case FieldDescriptor::TYPE_DOUBLE:
      return "double";
    case FieldDescriptor::TYPE_BOOL:
      return "bool";
    case FieldDescriptor::TYPE_MESSAGE:
      return field.message_type()->name();
    default:
      throw std::runtime_error(field.full_name() + " has a type no column has");
  }
}

bool can_be_found(const FieldDescriptor& field) {
  return field.type() != FieldDescriptor::TYPE_MESSAGE &&
         field.type() != FieldDescriptor::TYPE_INT32;
}

std::string emit_find(const Descriptor& message) {
  std::string table;
  std::map<std::size_t, std::string> by_length;
  int index = 0;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!can_be_found(field)) continue;
    const std::string& name = field.name();
    table += fmt::format("    {{\"{}\", &{}::{}}},\n", name, message.name(), name);
    by_length[name.size()] +=
        fmt::format("      if (std::memcmp(name.data(), \"{}\", {}) == 0) return &k{}Fields[{}];\n",
                    name, name.size(), message.name(), index++);
  }
  std::string out;
  if (index > 0) {
    out += fmt::format("constexpr Field<{0}> k{0}Fields[] = {{\n{1}}};\n", message.name(), table);
  }
  out += fmt::format("}}  // namespace\n\ntemplate <>\nconst Field<{0}>* find_field<{0}>(",
                     message.name());
  out += "std::string_view name) {\n  switch (name.size()) {\n";
  for (const auto& [length, cases] : by_length) {
    out += fmt::format("    case {}:\n{}      return nullptr;\n", length, cases);
  }
  return out + "    default:\n      return nullptr;\n  }\n}\n";
}

}  // namespace

std::string emit_structs(const Messages& messages) {
  std::string out = kHeader;
  for (const Descriptor* message : messages) {
    out += fmt::format("\nstruct {} {{\n", message->name());
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      out +=
          field.is_repeated()
              ? fmt::format("  std::span<const {}> {} = {{}};\n", value_type(field), field.name())
              : fmt::format("  std::optional<{}> {} = {{}};\n", value_type(field), field.name());
    }
    out +=
        fmt::format("}};\ntemplate <>\nconst Field<{0}>* find_field<{0}>(std::string_view name);\n",
                    message->name());
  }
  return out + "\n}  // namespace rs::row\n";
}

std::string emit_fields(const Messages& messages) {
  std::string out =
      "// Generated from proto/event.proto by tools/row_generator.\n// NOLINTBEGIN\n"
      "#include <cstring>\n\n#include \"row/row.h\"\n\nnamespace rs::row {\n";
  for (const Descriptor* message : messages) out += "namespace {\n" + emit_find(*message) + "\n";
  return out + "}  // namespace rs::row\n// NOLINTEND\n";
}

}  // namespace rs::row_generator
