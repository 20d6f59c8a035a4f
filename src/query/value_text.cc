#include "query/value_text.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::query {
namespace {

template <class T>
T at(const void* data, idx_t row) {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + row * sizeof value, sizeof value);
  return value;
}

template <class T>
void append_integer(std::string& out, const void* data, idx_t row) {
  fmt::format_to(std::back_inserter(out), "{}", at<T>(data, row));
}

std::uint64_t unsigned_at(const void* data, idx_t row, duckdb_type storage) {
  switch (storage) {
    case DUCKDB_TYPE_UTINYINT:
      return at<std::uint8_t>(data, row);
    case DUCKDB_TYPE_USMALLINT:
      return at<std::uint16_t>(data, row);
    default:
      return at<std::uint32_t>(data, row);
  }
}

duckdb_hugeint signed_at(const void* data, idx_t row, duckdb_type storage) {
  std::int64_t value = 0;
  switch (storage) {
    case DUCKDB_TYPE_SMALLINT:
      value = at<std::int16_t>(data, row);
      break;
    case DUCKDB_TYPE_INTEGER:
      value = at<std::int32_t>(data, row);
      break;
    case DUCKDB_TYPE_BIGINT:
      value = at<std::int64_t>(data, row);
      break;
    default:
      return at<duckdb_hugeint>(data, row);
  }
  return {static_cast<std::uint64_t>(value), value < 0 ? -1 : 0};
}

// Points into the vector, so `row` is needed where the value lies.
std::string_view string_at(const void* data, idx_t row) {
  const auto& value = static_cast<const duckdb_string_t*>(data)[row].value;
  const std::uint32_t length = value.inlined.length;
  return {length <= sizeof value.inlined.inlined ? value.inlined.inlined : value.pointer.ptr,
          length};
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A JSON value of DuckDB's as JSON: its reader and to_json() also take and write NaN and Infinity,
// in any case and with a sign. Each becomes null.
void append_json_value(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    if (text[at] == '"') {
      do {
        end += text[end] == '\\' ? 2 : 1;
      } while (end < text.size() && text[end] != '"');
      end = std::min(end + 1, text.size());
      out += text.substr(at, end - at);
    } else if (const std::size_t word = at + (text[at] == '-' ? 1 : 0);
               word < text.size() && is_letter(text[word])) {
      for (end = word; end < text.size() && is_letter(text[end]);) ++end;
      const auto name = text.substr(word, end - word);
      out += name == "true" || name == "false" ? name : "null";
    } else {
      // Numbers as a whole, for the letter of their exponent.
      ++end;
      while (end < text.size() && text[at] >= '0' && text[at] <= '9' &&
             std::string_view("0123456789.eE+-").find(text[end]) != std::string_view::npos) {
        ++end;
      }
      out += text.substr(at, end - at);
    }
    at = end;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

}  // namespace

ValueText::ValueText(duckdb_logical_type type)
    : id_(duckdb::library().get_type_id(type)), storage_(id_) {
  take_apart(type);
}

void ValueText::add_member(char* name, duckdb_logical_type type) {
  if (name != nullptr) names_.emplace_back(name);
  duckdb::library().free(name);
  const duckdb::DuckdbType owned(type);
  if (type != nullptr) children_.emplace_back(type);
}

void ValueText::take_apart(duckdb_logical_type type) {
  const duckdb::DuckdbLibrary& d = duckdb::library();
  switch (id_) {
    case DUCKDB_TYPE_VARCHAR: {
      char* alias = d.logical_type_get_alias(type);
      json_ = alias != nullptr && std::string_view(alias) == "JSON";
      d.free(alias);
      break;
    }
    case DUCKDB_TYPE_DECIMAL:
      width_ = d.decimal_width(type);
      scale_ = d.decimal_scale(type);
      storage_ = d.decimal_internal_type(type);
      break;
    case DUCKDB_TYPE_ENUM:
      storage_ = d.enum_internal_type(type);
      for (idx_t i = 0; i < d.enum_dictionary_size(type); ++i) {
        add_member(d.enum_dictionary_value(type, i), nullptr);
      }
      break;
    case DUCKDB_TYPE_LIST:
      add_member(nullptr, d.list_type_child_type(type));
      break;
    case DUCKDB_TYPE_ARRAY:
      array_size_ = d.array_type_array_size(type);
      add_member(nullptr, d.array_type_child_type(type));
      break;
    case DUCKDB_TYPE_MAP:
      add_member(nullptr, d.map_type_key_type(type));
      add_member(nullptr, d.map_type_value_type(type));
      break;
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < d.struct_type_child_count(type); ++i) {
        add_member(d.struct_type_child_name(type, i), d.struct_type_child_type(type, i));
      }
      break;
    case DUCKDB_TYPE_UNION:
      for (idx_t i = 0; i < d.union_type_member_count(type); ++i) {
        add_member(d.union_type_member_name(type, i), d.union_type_member_type(type, i));
      }
      break;
    default:
      break;
  }
}

bool ValueText::is_null(duckdb_vector vector, idx_t row) {
  const std::uint64_t* validity = duckdb::library().vector_get_validity(vector);
  return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

bool ValueText::is_nested() const {
  return id_ == DUCKDB_TYPE_LIST || id_ == DUCKDB_TYPE_ARRAY || id_ == DUCKDB_TYPE_MAP ||
         id_ == DUCKDB_TYPE_STRUCT || id_ == DUCKDB_TYPE_UNION;
}

bool ValueText::is_number() const {
  switch (id_) {
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return true;
    default:
      return false;
  }
}

bool ValueText::is_text() const {
  return !is_number() && !is_nested() && !json_ && id_ != DUCKDB_TYPE_BOOLEAN;
}

void ValueText::append_json(std::string& out, duckdb_vector vector, idx_t row) const {
  if (is_null(vector, row)) {
    out += "null";
    return;
  }
  if (is_nested()) return append_nested(out, vector, row);
  const void* data = duckdb::library().vector_get_data(vector);
  if (json_) return append_json_value(out, string_at(data, row));
  if (id_ == DUCKDB_TYPE_VARCHAR) return append_quoted(out, string_at(data, row));
  if (!is_text()) return append_scalar(out, data, row);
  std::string text;
  append_scalar(text, data, row);
  append_quoted(out, text);
}

void ValueText::append_plain(std::string& out, duckdb_vector vector, idx_t row) const {
  if (is_nested()) return append_nested(out, vector, row);
  append_scalar(out, duckdb::library().vector_get_data(vector), row);
}

void ValueText::append_scalar(std::string& out, const void* data, idx_t row) const {
  switch (id_) {
    case DUCKDB_TYPE_BOOLEAN:
      out += at<std::uint8_t>(data, row) != 0 ? "true" : "false";
      break;
    case DUCKDB_TYPE_TINYINT:
      return append_integer<std::int8_t>(out, data, row);
    case DUCKDB_TYPE_SMALLINT:
      return append_integer<std::int16_t>(out, data, row);
    case DUCKDB_TYPE_INTEGER:
      return append_integer<std::int32_t>(out, data, row);
    case DUCKDB_TYPE_BIGINT:
      return append_integer<std::int64_t>(out, data, row);
    case DUCKDB_TYPE_UTINYINT:
      return append_integer<std::uint8_t>(out, data, row);
    case DUCKDB_TYPE_USMALLINT:
      return append_integer<std::uint16_t>(out, data, row);
    case DUCKDB_TYPE_UINTEGER:
      return append_integer<std::uint32_t>(out, data, row);
    case DUCKDB_TYPE_UBIGINT:
      return append_integer<std::uint64_t>(out, data, row);
    case DUCKDB_TYPE_DOUBLE:
      return append_json_number(out, at<double>(data, row));
    case DUCKDB_TYPE_FLOAT:
      // The shortest text of the float, not of the double next to it.
      if (const float value = at<float>(data, row); value - value == 0) {
        fmt::format_to(std::back_inserter(out), "{}", value);
      } else {
        out += "null";
      }
      break;
    case DUCKDB_TYPE_VARCHAR:
      out += string_at(data, row);
      break;
    case DUCKDB_TYPE_ENUM:
      out += names_[unsigned_at(data, row, storage_)];
      break;
    default:
      append_exotic(out, data, row);
  }
}

// Rare types go through DuckDB's own conversion to text.
void ValueText::append_exotic(std::string& out, const void* data, idx_t row) const {
  const duckdb::DuckdbLibrary& d = duckdb::library();
  duckdb::DuckdbValue value;
  const auto take = [&](duckdb_value made) { *value.out() = made; };
  const auto bytes = [&] { return string_at(data, row); };
  switch (id_) {
    case DUCKDB_TYPE_HUGEINT:
      take(d.create_hugeint(at<duckdb_hugeint>(data, row)));
      break;
    case DUCKDB_TYPE_UHUGEINT:
      take(d.create_uhugeint(at<duckdb_uhugeint>(data, row)));
      break;
    case DUCKDB_TYPE_DECIMAL:
      take(d.create_decimal({width_, scale_, signed_at(data, row, storage_)}));
      break;
    case DUCKDB_TYPE_DATE:
      take(d.create_date(at<duckdb_date>(data, row)));
      break;
    case DUCKDB_TYPE_TIME:
      take(d.create_time(at<duckdb_time>(data, row)));
      break;
    case DUCKDB_TYPE_TIME_NS:
      take(d.create_time_ns(at<duckdb_time_ns>(data, row)));
      break;
    case DUCKDB_TYPE_TIME_TZ:
      take(d.create_time_tz_value(at<duckdb_time_tz>(data, row)));
      break;
    case DUCKDB_TYPE_TIMESTAMP:
      take(d.create_timestamp(at<duckdb_timestamp>(data, row)));
      break;
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      take(d.create_timestamp_tz(at<duckdb_timestamp>(data, row)));
      break;
    case DUCKDB_TYPE_TIMESTAMP_S:
      take(d.create_timestamp_s(at<duckdb_timestamp_s>(data, row)));
      break;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      take(d.create_timestamp_ms(at<duckdb_timestamp_ms>(data, row)));
      break;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      take(d.create_timestamp_ns(at<duckdb_timestamp_ns>(data, row)));
      break;
    case DUCKDB_TYPE_INTERVAL:
      take(d.create_interval(at<duckdb_interval>(data, row)));
      break;
    case DUCKDB_TYPE_BLOB:
      take(d.create_blob(reinterpret_cast<const std::uint8_t*>(bytes().data()), bytes().size()));
      break;
    case DUCKDB_TYPE_UUID: {
      // Kept with the highest bit turned round, so that it sorts as a signed number.
      auto bits = at<duckdb_uhugeint>(data, row);
      bits.upper ^= std::uint64_t{1} << 63;
      take(d.create_uuid(bits));
      break;
    }
    default:
      break;
  }
  char* text = value ? d.get_varchar(value.get()) : nullptr;
  if (text == nullptr) {
    out += "(a value of a type that has no text here; cast it to VARCHAR)";
    return;
  }
  out += text;
  d.free(text);
}

void ValueText::append_nested(std::string& out, duckdb_vector vector, idx_t row) const {
  const duckdb::DuckdbLibrary& d = duckdb::library();
  switch (id_) {
    case DUCKDB_TYPE_LIST: {
      const auto entry = at<duckdb_list_entry>(d.vector_get_data(vector), row);
      return append_list(out, d.list_vector_get_child(vector), entry.offset, entry.length);
    }
    case DUCKDB_TYPE_ARRAY:
      return append_list(out, d.array_vector_get_child(vector), row * array_size_, array_size_);
    case DUCKDB_TYPE_MAP:
      return append_map(out, vector, row);
    case DUCKDB_TYPE_UNION: {
      // The first child says which member counts; the members follow it.
      const auto tag =
          at<std::uint8_t>(d.vector_get_data(d.struct_vector_get_child(vector, 0)), row);
      const duckdb_vector member = d.struct_vector_get_child(vector, idx_t{tag} + 1);
      return children_[tag].append_json(out, member, row);
    }
    default:
      return append_struct(out, vector, row);
  }
}

void ValueText::append_list(std::string& out, duckdb_vector child, idx_t first, idx_t count) const {
  out += '[';
  for (idx_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    children_.front().append_json(out, child, first + i);
  }
  out += ']';
}

void ValueText::append_struct(std::string& out, duckdb_vector vector, idx_t row) const {
  out += '{';
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (i > 0) out += ',';
    append_quoted(out, names_[i]);
    out += ':';
    children_[i].append_json(out, duckdb::library().struct_vector_get_child(vector, i), row);
  }
  out += '}';
}

void ValueText::append_map(std::string& out, duckdb_vector vector, idx_t row) const {
  const duckdb::DuckdbLibrary& d = duckdb::library();
  const auto entry = at<duckdb_list_entry>(d.vector_get_data(vector), row);
  const duckdb_vector pairs = d.list_vector_get_child(vector);
  const duckdb_vector keys = d.struct_vector_get_child(pairs, 0);
  const duckdb_vector values = d.struct_vector_get_child(pairs, 1);
  out += '{';
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (i > entry.offset) out += ',';
    std::string key;
    children_[0].append_plain(key, keys, i);
    append_quoted(out, key);
    out += ':';
    children_[1].append_json(out, values, i);
  }
  out += '}';
}

}  // namespace rs::query
