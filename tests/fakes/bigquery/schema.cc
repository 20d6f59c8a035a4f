#include "fakes/bigquery/schema.h"

#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::fakes {
namespace {

struct TypeName {
  std::string_view name;
  ValueType type;
};
// The first name of a type is the one the server answers with.
constexpr std::array kTypes{
    TypeName{"STRING", ValueType::kString},       TypeName{"BYTES", ValueType::kBytes},
    TypeName{"INTEGER", ValueType::kInteger},     TypeName{"INT64", ValueType::kInteger},
    TypeName{"FLOAT", ValueType::kFloat},         TypeName{"FLOAT64", ValueType::kFloat},
    TypeName{"NUMERIC", ValueType::kNumeric},     TypeName{"BIGNUMERIC", ValueType::kBigNumeric},
    TypeName{"BOOLEAN", ValueType::kBoolean},     TypeName{"BOOL", ValueType::kBoolean},
    TypeName{"TIMESTAMP", ValueType::kTimestamp}, TypeName{"DATE", ValueType::kDate},
    TypeName{"TIME", ValueType::kTime},           TypeName{"DATETIME", ValueType::kDateTime},
    TypeName{"GEOGRAPHY", ValueType::kGeography}, TypeName{"INTERVAL", ValueType::kInterval},
    TypeName{"JSON", ValueType::kJson},           TypeName{"RANGE", ValueType::kRange},
    TypeName{"RECORD", ValueType::kRecord},       TypeName{"STRUCT", ValueType::kRecord},
};
constexpr std::array<std::string_view, 3> kModes{"NULLABLE", "REQUIRED", "REPEATED"};

std::optional<ValueType> parse_type(std::string_view name) {
  for (const auto& entry : kTypes) {
    if (equals_ignoring_case(entry.name, name)) return entry.type;
  }
  return std::nullopt;
}

bool is_column_name(std::string_view name) {
  if (name.empty() || name.size() > 300 || (name.front() >= '0' && name.front() <= '9'))
    return false;
  return name.find_first_of("!\"$()*,./;?@[\\]^`{}~\t\n") == std::string_view::npos;
}

Result<SchemaColumn> read_column(Json& field) {
  SchemaColumn column;
  column.name = field.text("name");
  if (!is_column_name(column.name)) {
    return fail(ErrorCode::kInvalidInput, fmt::format("Invalid field name \"{}\".", column.name));
  }
  const auto type = parse_type(field.text("type"));
  if (!type) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("Invalid value for type: {} is not a valid value (field {})",
                            field.text("type"), column.name));
  }
  column.type = *type;
  field["type"] = Json::of(type_name(*type));
  const std::string mode(field.text("mode").empty() ? "NULLABLE" : field.text("mode"));
  std::size_t at = 0;
  while (at < kModes.size() && !equals_ignoring_case(kModes[at], mode)) ++at;
  if (at == kModes.size()) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("Invalid value for mode: {} (field {})", mode, column.name));
  }
  column.mode = static_cast<ColumnMode>(at);
  field["mode"] = Json::of(kModes[at]);
  column.description = field.text("description");
  column.default_expression = field.text("defaultValueExpression");
  if (*type == ValueType::kRecord) {
    Json* fields = field.find("fields");
    if (fields == nullptr || fields->items().empty()) {
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("Field {} is type RECORD but has no schema", column.name));
    }
    RS_TRY(column.fields, read_schema(*fields));
  }
  if (*type == ValueType::kRange) {
    const Json* element = field.find("rangeElementType");
    const auto of = parse_type(element == nullptr ? "" : element->text("type"));
    if (!of)
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("Field {} is type RANGE but has no rangeElementType", column.name));
    for (const auto* end : {"start", "end"}) {
      SchemaColumn bound;
      bound.name = end;
      bound.type = *of;
      column.fields.push_back(std::move(bound));
    }
  }
  return column;
}

}  // namespace

std::string_view type_name(ValueType type) {
  for (const auto& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  return "";
}

Result<Schema> read_schema(Json& fields) {
  Schema schema;
  std::set<std::string> names;
  for (Json& field : fields.items()) {
    RS_TRY(SchemaColumn column, read_column(field));
    if (!names.insert(lower_case(column.name)).second) {
      return fail(ErrorCode::kInvalidInput, fmt::format("Duplicate field names: {}", column.name));
    }
    schema.push_back(std::move(column));
  }
  return schema;
}

Result<void> check_change(const Schema& from, const Schema& to, const std::string& table,
                          const std::string& prefix) {
  const auto mismatch = [&](const std::string& rest) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("Provided Schema does not match Table {}. {}", table, rest));
  };
  for (const SchemaColumn& old : from) {
    const SchemaColumn* now = find_column(to, old.name);
    const std::string name = prefix + old.name;
    if (now == nullptr) return mismatch(fmt::format("Field {} is missing in new schema", name));
    if (now->type != old.type) {
      return mismatch(fmt::format("Field {} has changed type from {} to {}", name,
                                  type_name(old.type), type_name(now->type)));
    }
    const bool relaxed = old.mode == ColumnMode::kRequired && now->mode == ColumnMode::kNullable;
    if (now->mode != old.mode && !relaxed) {
      return mismatch(fmt::format("Field {} has changed mode from {} to {}", name,
                                  kModes[static_cast<std::size_t>(old.mode)],
                                  kModes[static_cast<std::size_t>(now->mode)]));
    }
    if (auto inner = check_change(old.fields, now->fields, table, name + "."); !inner) return inner;
  }
  for (const SchemaColumn& added : to) {
    if (find_column(from, added.name) == nullptr && added.mode == ColumnMode::kRequired) {
      return mismatch(fmt::format("Cannot add required fields to an existing schema. (field: {}{})",
                                  prefix, added.name));
    }
  }
  return {};
}

const SchemaColumn* find_column(const Schema& schema, std::string_view name) {
  for (const SchemaColumn& column : schema) {
    if (equals_ignoring_case(column.name, name)) return &column;
  }
  return nullptr;
}

}  // namespace rs::fakes
