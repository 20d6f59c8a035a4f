// Writes the C++ of the row from proto/event.proto. Run by the build:
//   row_generator PROTO_DIR PROTOBUF_INCLUDE_DIR OUT_DIR
// It refuses a definition the rest of the program could not hold.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>

#include "emit.h"

namespace rs::row_generator {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

class Complain : public google::protobuf::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& text) override {
    std::fprintf(stderr, "%s:%d:%d: %s\n", file.c_str(), line + 1, column + 1, text.c_str());
  }
};

void check(const FieldDescriptor& field) {
  const auto refuse = [&](const char* why) { throw std::runtime_error(field.full_name() + why); };
  if (field.is_required()) refuse(" is required: every column may be NULL");
  if (field.is_repeated() && field.type() != FieldDescriptor::TYPE_MESSAGE) {
    refuse(" is a repeated scalar: no column is");
  }
  if (field.index() > 0 &&
      field.number() <= field.containing_type()->field(field.index() - 1)->number()) {
    refuse(" has a smaller number than the field before it");
  }
}

void collect(const Descriptor* message, Messages& messages) {
  if (std::find(messages.begin(), messages.end(), message) != messages.end()) return;
  for (int i = 0; i < message->field_count(); ++i) {
    check(*message->field(i));
    if (const Descriptor* child = message->field(i)->message_type()) collect(child, messages);
  }
  messages.push_back(message);
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path);
}

void generate(const std::string& proto_dir, const std::string& include_dir,
              const std::string& out) {
  google::protobuf::compiler::DiskSourceTree tree;
  tree.MapPath("", proto_dir);
  tree.MapPath("", include_dir);
  Complain complain;
  google::protobuf::compiler::Importer importer(&tree, &complain);
  const auto* file = importer.Import("event.proto");
  if (file == nullptr) throw std::runtime_error("event.proto cannot be read");
  const Descriptor* row = file->FindMessageTypeByName("Row");
  if (row == nullptr) throw std::runtime_error("event.proto has no message Row");

  Messages messages;
  collect(row, messages);
  write(out + "/row.h", emit_structs(messages));
  write(out + "/fields.cc", emit_fields(messages));
  write(out + "/encode.cc", emit_encoder(messages));
  write(out + "/columns.cc", emit_columns(messages, read(proto_dir + "/event.proto")));
}

}  // namespace
}  // namespace rs::row_generator

int main(int count, char** arguments) {
  try {
    if (count != 4) throw std::runtime_error("usage: row_generator PROTO_DIR INCLUDE_DIR OUT_DIR");
    rs::row_generator::generate(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "row_generator: %s\n", error.what());
    return 1;
  }
  return 0;
}
