// The exact half of RowReader: a row as JSON, through protobuf's own parser.
#include <fmt/format.h>

#include "base/text.h"
#include "fakes/bigquery/row_reader.h"
#include "fakes/bigquery/value_check.h"
#include "fakes/bigquery/value_text.h"

namespace rs::fakes {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* find_field(const Descriptor& message, std::string_view name) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (equals_ignoring_case(column_name(*message.field(i)), name)) return message.field(i);
  }
  return nullptr;
}

bool is_record(const SchemaColumn& column) {
  return column.type == ValueType::kRecord || column.type == ValueType::kRange;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

// {"name":value,...} with NULL and empty left out.
class ObjectText {
 public:
  explicit ObjectText(std::string& out) : out_(out) {}

  void add_record(const Message& message, const Schema& columns) {
    out_ += '{';
    bool first = true;
    for (const SchemaColumn& column : columns) {
      const auto* field = find_field(*message.GetDescriptor(), column.name);
      if (field != nullptr) add_column(message, column, *field, first);
    }
    out_ += '}';
  }

  void add_column(const Message& message, const SchemaColumn& column, const FieldDescriptor& field,
                  bool& first) {
    const auto& reflection = *message.GetReflection();
    const int count = field.is_repeated() ? reflection.FieldSize(message, &field)
                                          : static_cast<int>(reflection.HasField(message, &field));
    if (count == 0) return;
    add_name(column.name, first);
    if (field.is_repeated()) out_ += '[';
    for (int i = 0; i < count; ++i) {
      if (i > 0) out_ += ',';
      add_value(message, column, field, field.is_repeated() ? i : -1);
    }
    if (field.is_repeated()) out_ += ']';
  }

  void add_name(std::string_view name, bool& first) {
    if (!first) out_ += ',';
    first = false;
    append_quoted(out_, name);
    out_ += ':';
  }

  void add_text(const ValueText& value) {
    if (value.quoted) {
      append_quoted(out_, value.text);
    } else {
      out_ += value.text;
    }
  }

 private:
  void add_value(const Message& message, const SchemaColumn& column, const FieldDescriptor& field,
                 int index) {
    if (!is_record(column)) return add_text(value_text(column.type, message, field, index));
    const auto& reflection = *message.GetReflection();
    add_record(index < 0 ? reflection.GetMessage(message, &field)
                         : reflection.GetRepeatedMessage(message, &field, index),
               column.fields);
  }

  std::string& out_;
};

// {"f":[{"v":value},...]}: every scalar a string, NULL said, as jobs and tabledata.list answer.
class CellText {
 public:
  CellText(std::string& out, bool integer_timestamps)
      : out_(out), integer_timestamps_(integer_timestamps) {}

  void add_record(const Message& message, const Schema& columns) {
    out_ += R"({"f":[)";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out_ += ',';
      add_column(message, columns[i]);
    }
    out_ += "]}";
  }

  void add_column(const Message& message, const SchemaColumn& column) {
    const auto* field = find_field(*message.GetDescriptor(), column.name);
    const auto& reflection = *message.GetReflection();
    out_ += R"({"v":)";
    if (column.mode == ColumnMode::kRepeated) {
      const int count = field == nullptr ? 0 : reflection.FieldSize(message, field);
      out_ += '[';
      for (int i = 0; i < count; ++i) {
        out_ += i > 0 ? R"(,{"v":)" : R"({"v":)";
        add_value(message, column, *field, i);
        out_ += '}';
      }
      out_ += ']';
    } else if (field == nullptr || !reflection.HasField(message, field)) {
      out_ += "null";
    } else {
      add_value(message, column, *field, -1);
    }
    out_ += '}';
  }

  void add_text(ValueType type, const ValueText& value) {
    if (type != ValueType::kTimestamp) return append_quoted(out_, value.text);
    const std::int64_t micros = parse_utc(value.text);
    append_quoted(out_, integer_timestamps_ ? std::to_string(micros)
                                            : fmt::format("{}.{:06}", micros / 1'000'000,
                                                          std::abs(micros % 1'000'000)));
  }

 private:
  void add_value(const Message& message, const SchemaColumn& column, const FieldDescriptor& field,
                 int index) {
    if (!is_record(column))
      return add_text(column.type, value_text(column.type, message, field, index));
    const auto& reflection = *message.GetReflection();
    add_record(index < 0 ? reflection.GetMessage(message, &field)
                         : reflection.GetRepeatedMessage(message, &field, index),
               column.fields);
  }

  std::string& out_;
  bool integer_timestamps_;
};

std::unique_ptr<Message> parse(const Message& prototype, std::string_view row) {
  std::unique_ptr<Message> message(prototype.New());
  message->ParsePartialFromArray(row.data(), static_cast<int>(row.size()));
  return message;
}

bool is_absent(const Message& message, const FieldDescriptor* field) {
  if (field == nullptr) return true;
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) == 0
                              : !message.GetReflection()->HasField(message, field);
}

// The default the row takes in this column, if it takes one.
std::optional<ValueText> taken_default(const Message& message, const SchemaColumn& column,
                                       const FieldDescriptor* field, bool applies,
                                       std::int64_t time) {
  if (!applies || !is_absent(message, field)) return std::nullopt;
  auto value = default_text(column.type, column.default_expression, time);
  return value && value->text == "null" && !value->quoted ? std::nullopt : value;
}

}  // namespace

std::string RowReader::json(std::string_view row, const DefaultColumns& defaults,
                            std::int64_t time) const {
  const auto message = parse(*prototype_, row);
  std::string out = "{";
  ObjectText writer(out);
  bool first = true;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const SchemaColumn& column = shape_->columns[i];
    if (const auto value = taken_default(*message, column, fields_[i], defaults[i], time)) {
      writer.add_name(column.name, first);
      writer.add_text(*value);
    } else if (fields_[i] != nullptr) {
      writer.add_column(*message, column, *fields_[i], first);
    }
  }
  return out += '}';
}

std::string RowReader::tabledata(std::string_view row, const DefaultColumns& defaults,
                                 std::int64_t time, const CellForm& form) const {
  const auto message = parse(*prototype_, row);
  std::string out = R"({"f":[)";
  CellText writer(out, form.integer_timestamps);
  for (std::size_t i = 0; i < form.columns.size(); ++i) {
    if (i > 0) out += ',';
    const SchemaColumn& column = form.columns[i];
    const SchemaColumn* known = find_column(shape_->columns, column.name);
    const auto at = known == nullptr ? fields_.size()
                                     : static_cast<std::size_t>(known - shape_->columns.data());
    const bool applies = known != nullptr && defaults[at];
    const auto* field = known == nullptr ? nullptr : fields_[at];
    if (const auto value = taken_default(*message, column, field, applies, time)) {
      out += R"({"v":)";
      writer.add_text(column.type, *value);
      out += '}';
    } else {
      writer.add_column(*message, column);
    }
  }
  return out += "]}";
}

}  // namespace rs::fakes
