#include "event/row_json.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <span>

#include "event/json_cursor.h"
#include "event/time_text.h"
#include "row/columns.h"
#include "row/message_reader.h"

namespace rs::event {
namespace {

using row::Column;
using row::ColumnType;

constexpr std::string_view kMetadataColumns[] = {"subscription_name", "message_id", "publish_time",
                                                 "attributes"};

// Their indices among the columns of the row, rising.
std::array<std::size_t, std::size(kMetadataColumns)> metadata_indices() {
  std::array<std::size_t, std::size(kMetadataColumns)> indices{};
  const auto columns = row::columns();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& column) {
      return column.name == kMetadataColumns[i];
    });
    indices[i] = static_cast<std::size_t>(found - columns.begin());
  }
  assert(std::is_sorted(indices.begin(), indices.end()));
  return indices;
}

const auto& metadata_columns() {
  static const auto indices = metadata_indices();
  return indices;
}

std::string_view type_name(const Column& column) {
  switch (column.type) {
    case ColumnType::kString:
      return "is no text";
    case ColumnType::kInteger:
      return "is no INTEGER";
    case ColumnType::kFloat:
      return "is no FLOAT";
    case ColumnType::kBoolean:
      return "is neither true nor false";
    case ColumnType::kDate:
      return "is no DATE";
    case ColumnType::kTimestamp:
      return "is no TIMESTAMP";
    case ColumnType::kJson:
      return "is no text with JSON in it";
    case ColumnType::kRecord:
      break;
  }
  return "is no object";
}

}  // namespace

// One text on its way to one row.
class RowJsonReader::Pass {
 public:
  Pass(RowJsonReader& reader, std::string_view json, const MessageMetadata* metadata)
      : to_(reader),
        json_(json, reader.index_.positions(), reader.index_.size(), reader.arena_),
        metadata_(metadata) {}

  bool row() {
    return message(row::columns(), true) && (json_.at_end() || json_.fail("Extra data"));
  }

  [[nodiscard]] std::string problem() const {
    if (!what_.empty()) return path_.empty() ? "it " + what_ : path_.substr(1) + " " + what_;
    return "it is no JSON: " + std::string(json_.error().reason) + " at byte " +
           std::to_string(json_.error().position);
  }

 private:
  struct Object {
    std::size_t start, first;  // Of its bytes, and of its members.
    std::size_t expected = 0;  // The column that comes next if keys are in order.
    std::uint64_t seen = 0;    // A bit for each column.
    bool in_order = true;
  };

  bool wrong(std::string_view what) {
    if (json_.at_end()) return json_.fail("Expecting value");
    what_ = what;
    return false;
  }

  bool message(std::span<const Column> columns, bool is_row) {
    assert(columns.size() <= 64);
    if (json_.peek() != '{') return wrong("is no object");
    Object object{to_.encoded_.size(), to_.members_.size()};
    if (!json_.object([&](std::string_view key) { return member(columns, is_row, key, object); })) {
      return false;
    }
    if (is_row && metadata_ != nullptr) add_metadata(object);
    if (!object.in_order) put_in_order(object);
    to_.members_.resize(object.first);
    return true;
  }

  bool member(std::span<const Column> columns, bool is_row, std::string_view key, Object& object) {
    std::size_t index = object.expected;
    if (index >= columns.size() || columns[index].name != key) {
      for (index = 0; index < columns.size() && columns[index].name != key;) ++index;
    }
    if (index == columns.size()) return wrong("is no column") || named(key);
    if ((object.seen >> index & 1) != 0) return wrong("stands there twice") || named(key);
    object.seen |= std::uint64_t{1} << index;
    if (is_row && metadata_ != nullptr &&
        std::binary_search(metadata_columns().begin(), metadata_columns().end(), index)) {
      return json_.skip();
    }
    if (json_.peek() == 'n') return json_.literal();
    const std::size_t start = to_.encoded_.size();
    if (!values(columns[index])) return named(key);
    add(object, index, start);
    return true;
  }

  // Puts a name before what went wrong behind it. False.
  bool named(std::string_view key) {
    path_.insert(0, key).insert(0, ".");
    return false;
  }

  void add(Object& object, std::size_t index, std::size_t start) {
    if (index < object.expected) object.in_order = false;
    object.expected = index + 1;
    to_.members_.push_back({index, start, to_.encoded_.size()});
  }

  void add_metadata(Object& object) {
    const auto& at = metadata_columns();
    const auto columns = row::columns();
    const auto text = [&](std::size_t which, std::string_view value) {
      const std::size_t start = to_.encoded_.size();
      put_text(columns[at[which]], value);
      add(object, at[which], start);
    };
    text(0, metadata_->subscription_name);
    text(1, metadata_->message_id);
    const std::size_t start = to_.encoded_.size();
    put_number(columns[at[2]], metadata_->publish_time);
    add(object, at[2], start);
    text(3, metadata_->attributes);
  }

  void put_in_order(Object& object) {
    const auto members = std::span(to_.members_).subspan(object.first);
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a.column < b.column; });
    std::string ordered;
    for (const auto& each : members) {
      ordered.append(to_.encoded_, each.start, each.end - each.start);
    }
    to_.encoded_.replace(object.start, std::string::npos, ordered);
  }

  // All values of a column.
  bool values(const Column& column) {
    if (column.mode != row::Mode::kRepeated) return value(column);
    if (json_.peek() != '[') return wrong("is no list");
    std::size_t index = 0;
    return json_.array([&] {
      if (value(column)) {
        ++index;
        return true;
      }
      path_.insert(0, "[" + std::to_string(index) + "]");
      return false;
    });
  }

  bool value(const Column& column) {
    switch (column.type) {
      case ColumnType::kRecord:
        return record(column);
      case ColumnType::kString:
      case ColumnType::kJson:
        return text(column);
      case ColumnType::kFloat:
        return fraction(column);
      case ColumnType::kBoolean:
        return truth(column);
      case ColumnType::kInteger:
      case ColumnType::kDate:
      case ColumnType::kTimestamp:
        break;
    }
    return whole(column);
  }

  // One byte is kept for the length, as row::WireWriter does: most records are short.
  bool record(const Column& column) {
    put_tag(column);
    to_.encoded_ += '\0';
    const std::size_t start = to_.encoded_.size();
    if (!message(column.children, false)) return false;
    std::uint64_t length = to_.encoded_.size() - start;
    char bytes[10];
    std::size_t count = 0;
    for (; length >= 0x80; length >>= 7) bytes[count++] = static_cast<char>(length | 0x80);
    bytes[count++] = static_cast<char>(length);
    to_.encoded_[start - 1] = bytes[0];
    if (count > 1) to_.encoded_.insert(start, bytes + 1, count - 1);
    return true;
  }

  bool text(const Column& column) {
    if (json_.peek() != '"') return wrong(type_name(column));
    std::string_view value;
    if (!json_.string(value)) return false;
    if (column.type == ColumnType::kJson && !is_json(value)) return wrong(type_name(column));
    put_text(column, value);
    return true;
  }

  bool is_json(std::string_view text) {
    if (text.empty() || !to_.inner_index_.build(text)) return false;
    JsonCursor inner(text, to_.inner_index_.positions(), to_.inner_index_.size(), to_.arena_);
    return inner.skip() && inner.at_end();
  }

  bool fraction(const Column& column) {
    JsonNumber number;
    if (!is_number()) return wrong(type_name(column));
    if (!json_.number(number)) return false;
    if (!std::isfinite(number.value)) return wrong("is beyond a FLOAT");
    put_tag(column);
    char bytes[sizeof number.value];
    std::memcpy(bytes, &number.value, sizeof bytes);
    to_.encoded_.append(bytes, sizeof bytes);
    return true;
  }

  bool truth(const Column& column) {
    const char first = json_.peek();
    if (first != 't' && first != 'f') return wrong(type_name(column));
    if (!json_.literal()) return false;
    put_number(column, first == 't' ? 1 : 0);
    return true;
  }

  bool whole(const Column& column) {
    std::optional<std::int64_t> found;
    if (json_.peek() == '"') {
      std::string_view value;
      if (!json_.string(value)) return false;
      found = from_text(column.type, value);
    } else if (is_number()) {
      JsonNumber number;
      if (!json_.number(number)) return false;
      if (number.is_integer) found = number.integer;
    }
    constexpr std::int64_t kLast = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t kFirst = std::numeric_limits<std::int32_t>::min();
    const bool is_date = column.type == ColumnType::kDate;
    if (!found || (is_date && (*found < kFirst || *found > kLast))) return wrong(type_name(column));
    put_number(column, *found);
    return true;
  }

  static std::optional<std::int64_t> from_text(ColumnType type, std::string_view text) {
    if (type == ColumnType::kDate) return read_date(text);
    if (type == ColumnType::kTimestamp) return read_timestamp(text);
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
  }

  [[nodiscard]] bool is_number() const {
    const char first = json_.peek();
    return first == '-' || (first >= '0' && first <= '9');
  }

  void put_tag(const Column& column) {
    put_varint(std::uint64_t{column.number} << 3 |
               static_cast<std::uint64_t>(row::wire_type(column.type)));
  }
  void put_number(const Column& column, std::int64_t value) {
    put_tag(column);
    put_varint(static_cast<std::uint64_t>(value));
  }
  void put_text(const Column& column, std::string_view value) {
    put_tag(column);
    put_varint(value.size());
    to_.encoded_ += value;
  }
  void put_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) to_.encoded_ += static_cast<char>(value | 0x80);
    to_.encoded_ += static_cast<char>(value);
  }

  RowJsonReader& to_;
  JsonCursor json_;
  const MessageMetadata* const metadata_;
  std::string path_, what_;  // Of what is wrong.
};

Result<std::string_view> RowJsonReader::read(std::string_view json,
                                             const MessageMetadata* metadata) {
  arena_.clear();
  encoded_.clear();
  members_.clear();
  if (json.empty() || !index_.build(json)) {
    const JsonError error = json.empty() ? JsonError{0, "it is empty"} : explain_unindexable(json);
    return fail(ErrorCode::kInvalidInput, "it is no JSON: " + std::string(error.reason) +
                                              " at byte " + std::to_string(error.position));
  }
  Pass pass(*this, json, metadata);
  if (!pass.row()) return fail(ErrorCode::kInvalidInput, pass.problem());
  return std::string_view(encoded_);
}

}  // namespace rs::event
