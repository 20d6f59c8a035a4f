#include "row/decode.h"

#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "row/message_reader.h"

namespace rs::row {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr std::int64_t kFirstDay = -719'162;  // 0001-01-01.
constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31.

// Up to here every whole number has a double of its own, which is what JSON's readers may use.
constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

bool append_message(std::string& out, MessageReader in, JsonForm form);

void append_integer(std::string& out, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_integer(std::string& out, std::int64_t value, JsonForm form) {
  const bool is_text = form == JsonForm::kSubscription && (value > kExactMax || value < -kExactMax);
  if (is_text) out += '"';
  append_integer(out, value);
  if (is_text) out += '"';
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_date(std::string& out, std::int64_t days) {
  if (days < kFirstDay || days > kLastDay) return append_integer(out, days);
  constexpr std::size_t kDateLength = 10;
  out += '"';
  out.append(format_utc(days * kMicrosPerDay), 0, kDateLength);
  out += '"';
}

void append_timestamp(std::string& out, std::int64_t micros) {
  const bool writable =
      micros >= kFirstDay * kMicrosPerDay && micros < (kLastDay + 1) * kMicrosPerDay;
  if (!writable) return append_integer(out, micros);
  out += '"';
  out += format_utc(micros);
  out += '"';
}

// False when a record inside is malformed.
bool append_value(std::string& out, const MessageReader& in, JsonForm form) {
  switch (in.column().type) {
    case ColumnType::kString:
      append_text(out, in.text());
      break;
    case ColumnType::kInteger:
      append_integer(out, in.integer(), form);
      break;
    case ColumnType::kFloat:
      append_json_number(out, in.fraction());
      break;
    case ColumnType::kBoolean:
      out += in.boolean() ? "true" : "false";
      break;
    case ColumnType::kDate:
      append_date(out, in.integer());
      break;
    case ColumnType::kTimestamp:
      append_timestamp(out, in.integer());
      break;
    case ColumnType::kJson:
      if (form == JsonForm::kSubscription) {
        append_text(out, in.text());
      } else {
        out += in.text();
      }
      break;
    case ColumnType::kRecord:
      return append_message(out, in.record(), form);
  }
  return true;
}

bool append_message(std::string& out, MessageReader in, JsonForm form) {
  const Column* list = nullptr;  // The repeated column whose array is open.
  out += '{';
  bool first = true;
  while (in.next()) {
    const Column& column = in.column();
    if (list != nullptr && list != &column) {
      out += ']';
      list = nullptr;
    }
    if (!first) out += ',';
    first = false;
    if (list == nullptr) {
      out += '"';
      out += column.name;
      out += "\":";
      if (column.mode == Mode::kRepeated) {
        list = &column;
        out += '[';
      }
    }
    if (!append_value(out, in, form)) return false;
  }
  if (list != nullptr) out += ']';
  out += '}';
  return in.ok();
}

}  // namespace

Result<void> append_json(std::string& out, std::string_view encoded, JsonForm form) {
  const std::size_t before = out.size();
  if (append_message(out, MessageReader(encoded, columns()), form)) return {};
  out.resize(before);
  return fail(ErrorCode::kInvalidInput,
              "an encoded row of " + std::to_string(encoded.size()) + " bytes is malformed");
}

}  // namespace rs::row
