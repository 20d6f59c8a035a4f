#pragma once
// Reads one encoded message (a row, or a record inside it) beside the columns that describe it:
//
//   MessageReader in(encoded, columns());
//   while (in.next()) { ... in.index(), in.column(), in.text() ... }
//   if (!in.ok()) ...
//
// Fields come in column order, as our encoder writes them; the values of a repeated one follow each
// other. A field that no column describes is passed over: it comes from a newer version. Malformed
// are, beside bad bytes, fields out of order, a second value for a column that holds one, and a
// value of another wire type. Texts are views of the encoded bytes.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "row/columns.h"
#include "row/wire_reader.h"

namespace rs::row {

[[nodiscard]] constexpr WireType wire_type(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
    case ColumnType::kBoolean:
    case ColumnType::kDate:
    case ColumnType::kTimestamp:
      return WireType::kVarint;
    case ColumnType::kFloat:
      return WireType::kFixed64;
    case ColumnType::kString:
    case ColumnType::kJson:
    case ColumnType::kRecord:
      break;
  }
  return WireType::kBytes;
}

class MessageReader {
 public:
  MessageReader(std::string_view encoded, std::span<const Column> columns)
      : in_(encoded), columns_(columns) {}

  // Goes to the next field. False after the last one, and when the bytes are malformed.
  [[nodiscard]] bool next() {
    while (ok_ && !in_.done()) {
      WireTag tag;
      ok_ = in_.tag(tag) && tag.number >= number_;
      if (!ok_) return false;
      const bool again = tag.number == number_;
      number_ = tag.number;
      while (index_ < columns_.size() && columns_[index_].number < tag.number) ++index_;
      if (index_ == columns_.size() || columns_[index_].number != tag.number) {
        ok_ = in_.skip(tag.type);
        continue;
      }
      ok_ = tag.type == wire_type(column().type) && (!again || column().mode == Mode::kRepeated) &&
            read(tag.type);
      return ok_;
    }
    return false;
  }

  // Whether everything so far was well-formed.
  [[nodiscard]] bool ok() const { return ok_; }

  // Of the field that next() went to. Each kind of value only for columns of these types:
  [[nodiscard]] std::size_t index() const { return index_; }  // Into the columns.
  [[nodiscard]] const Column& column() const { return columns_[index_]; }
  [[nodiscard]] std::int64_t integer() const {  // kInteger, kDate, kTimestamp.
    return static_cast<std::int64_t>(bits_);
  }
  [[nodiscard]] bool boolean() const { return bits_ != 0; }                       // kBoolean.
  [[nodiscard]] double fraction() const { return std::bit_cast<double>(bits_); }  // kFloat.
  [[nodiscard]] std::string_view text() const { return text_; }                   // kString, kJson.
  [[nodiscard]] MessageReader record() const { return {text_, column().children}; }  // kRecord.

 private:
  [[nodiscard]] bool read(WireType type) {
    if (type == WireType::kBytes) return in_.bytes(text_);
    return type == WireType::kFixed64 ? in_.fixed64(bits_) : in_.varint(bits_);
  }

  WireReader in_;
  std::span<const Column> columns_;
  std::size_t index_ = 0;
  std::uint32_t number_ = 0;
  bool ok_ = true;
  std::uint64_t bits_ = 0;
  std::string_view text_;
};

}  // namespace rs::row
