#pragma once
// What of the row's C++ is generated from event.proto. Each function returns one source file's
// text.

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace rs::row_generator {

// A message and all it contains, each after what it contains.
using Messages = std::vector<const google::protobuf::Descriptor*>;

std::string emit_structs(const Messages& messages);  // row/row.h
std::string emit_fields(const Messages& messages);   // row/fields.cc
std::string emit_encoder(const Messages& messages);  // row/encode.cc
std::string emit_columns(const Messages& messages,
                         const std::string& proto_text);  // row/columns.cc

}  // namespace rs::row_generator
