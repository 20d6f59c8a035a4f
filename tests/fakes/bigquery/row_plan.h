#pragma once
// How RowReader goes through a message: its fields by number, each with the column it fills.
// Internal to row_reader.cc and row_check.cc. Built once, then only read.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>

#include "fakes/bigquery/row_reader.h"
#include "fakes/bigquery/value_check.h"

namespace rs::fakes {

struct RowReader::Field {
  Field(const google::protobuf::FieldDescriptor& from, const SchemaColumn& to, std::string name)
      : descriptor(from),
        column(to),
        path(std::move(name)),
        wire(static_cast<unsigned>(google::protobuf::internal::WireFormatLite::WireTypeForFieldType(
            static_cast<google::protobuf::internal::WireFormatLite::FieldType>(from.type())))),
        is_record(to.type == ValueType::kRecord || to.type == ValueType::kRange),
        is_required(from.is_required() ||
                    (to.mode == ColumnMode::kRequired && to.default_expression.empty())) {}

  const google::protobuf::FieldDescriptor& descriptor;
  const SchemaColumn& column;
  std::string path;  // "device.web_info.browser"
  unsigned wire;     // Wire type of one value.
  bool is_record;
  bool is_required;
  std::unique_ptr<Message> record;
};

struct RowReader::Message {
  std::vector<Field> fields;
  std::vector<const Field*> by_number;  // Numbers below kDense; the rest in `sparse`.
  std::unordered_map<unsigned, const Field*> sparse;
  std::size_t required = 0;  // Fields that must be there.

  static constexpr unsigned kDense = 4096;

  void index() {
    for (const Field& field : fields) {
      const auto number = static_cast<unsigned>(field.descriptor.number());
      if (field.is_required) ++required;
      if (number >= kDense) {
        sparse[number] = &field;
        continue;
      }
      if (by_number.size() <= number) by_number.resize(number + 1);
      by_number[number] = &field;
    }
  }
  [[nodiscard]] const Field* find(unsigned number) const {
    if (number < by_number.size()) return by_number[number];
    if (sparse.empty()) return nullptr;
    const auto at = sparse.find(number);
    return at == sparse.end() ? nullptr : at->second;
  }
};

}  // namespace rs::fakes
