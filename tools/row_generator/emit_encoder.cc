// row/encode.cc: straight-line code that writes each message as protobuf wire bytes.

#include <stdexcept>

#include <fmt/format.h>

#include "emit.h"

namespace rs::row_generator {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr char kHeader[] = R"(// Generated from proto/event.proto by tools/row_generator.
// NOLINTBEGIN
#include "row/encode.h"

#include "row/wire_writer.h"

namespace rs::row {
namespace {
)";

constexpr char kFooter[] = R"(
}  // namespace

std::string_view Encoder::encode(const Row& row) {
  WireWriter out(buffer_);
  return out.finish(write(out, out.start(), row));
}

}  // namespace rs::row
// NOLINTEND
)";

// The name of the WireWriter's member that writes such a value.
const char* writer_of(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      return "text";
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_INT32:
      return "integer";
    case FieldDescriptor::TYPE_DOUBLE:
      return "fraction";
    case FieldDescriptor::TYPE_BOOL:
      return "boolean";
    default:
      throw std::runtime_error(field.full_name() + " has a type no column has");
  }
}

std::string emit_write(const FieldDescriptor& field) {
  const std::string& name = field.name();
  if (field.type() != FieldDescriptor::TYPE_MESSAGE) {
    return fmt::format("  if (message.{0}) at = out.{1}<{2}>(at, *message.{0});\n", name,
                       writer_of(field), field.number());
  }
  const std::string head = field.is_repeated()
                               ? fmt::format("  for (const {}& child : message.{}) {{\n",
                                             field.message_type()->name(), name)
                               : fmt::format("  if (message.{}) {{\n", name);
  return head + fmt::format(
                    "    at = out.open<{}>(at);\n"
                    "    const std::size_t start = out.offset(at);\n"
                    "    at = out.close(start, write(out, at, {}));\n  }}\n",
                    field.number(), field.is_repeated() ? "child" : "*message." + name);
}

}  // namespace

std::string emit_encoder(const Messages& messages) {
  std::string out = kHeader;
  for (const Descriptor* message : messages) {
    out += fmt::format("\nchar* write(WireWriter& out, char* at, const {}& message) {{\n",
                       message->name());
    for (int i = 0; i < message->field_count(); ++i) out += emit_write(*message->field(i));
    out += "  return at;\n}\n";
  }
  return out + kFooter;
}

}  // namespace rs::row_generator
