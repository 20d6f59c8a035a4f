#include "row/decode.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/json_text.h"
#include "row/message_reader.h"

namespace rs::row {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr std::int64_t kFirstDay = -719'162;  // 0001-01-01.
constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31.

// Up to here every whole number has a double of its own, which is what JSON's readers may use.
constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

// Most that is written for a value that is no text, and around a name or a text.
constexpr std::size_t kScalarMax = 40;
static_assert(kScalarMax >= kJsonNumberMax && kScalarMax >= kTimeLength + 2);

// The end of a string that is longer than what is written so far: a value costs one check for room
// and is then written without any.
class Text {
 public:
  Text(std::string& out, std::size_t expected) : out_(out), before_(out.size()) {
    at_ = end_ = out_.data() + before_;
    reserve(expected);
  }
  void finish() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }
  void take_back() { out_.resize(before_); }

  void put(char c) {
    reserve(1);
    *at_++ = c;
  }
  // "name": and what stands before it.
  void name(char before, std::string_view name) {
    reserve(name.size() + kScalarMax);
    if (before != '\0') *at_++ = before;
    *at_++ = '"';
    copy(name);
    *at_++ = '"';
    *at_++ = ':';
  }
  void raw(std::string_view text) {
    reserve(text.size());
    copy(text);
  }
  void quoted(std::string_view text) {
    reserve(text.size() + kScalarMax);
    *at_++ = '"';
    for (;;) {
      const std::size_t plain = json_plain_prefix(text);
      copy(text.substr(0, plain));
      if (plain == text.size()) break;
      at_ = write_json_escape(at_, text[plain]);
      text.remove_prefix(plain + 1);
      reserve(text.size() + kScalarMax);
    }
    *at_++ = '"';
  }
  void number(std::int64_t value, bool is_quoted) {
    reserve(kScalarMax);
    if (is_quoted) *at_++ = '"';
    at_ = std::to_chars(at_, end_, value).ptr;
    if (is_quoted) *at_++ = '"';
  }
  void fraction(double value) {
    reserve(kScalarMax);
    at_ = write_json_number(at_, value);
  }
  void date(std::int64_t days) {
    if (days < kFirstDay || days > kLastDay) return number(days, false);
    reserve(kScalarMax);
    *at_++ = '"';
    at_ = write_date(at_, days);
    *at_++ = '"';
  }
  void timestamp(std::int64_t micros) {
    const bool is_writable =
        micros >= kFirstDay * kMicrosPerDay && micros < (kLastDay + 1) * kMicrosPerDay;
    if (!is_writable) return number(micros, false);
    reserve(kScalarMax);
    *at_++ = '"';
    at_ = write_utc(at_, micros);
    *at_++ = '"';
  }

 private:
  void reserve(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      grow(bytes);
  }
  void grow(std::size_t bytes) {
    const auto used = static_cast<std::size_t>(at_ - out_.data());
    out_.resize(used + std::max(bytes, (used - before_) / 2));
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
  }
  void copy(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  std::string& out_;
  const std::size_t before_;
  char *at_, *end_;
};

bool append_message(Text& out, MessageReader in, JsonForm form);

// False when a record inside is malformed.
bool append_value(Text& out, const MessageReader& in, JsonForm form) {
  switch (in.column().type) {
    case ColumnType::kString:
      out.quoted(in.text());
      break;
    case ColumnType::kInteger: {
      const auto value = in.integer();
      out.number(value,
                 form == JsonForm::kSubscription && (value > kExactMax || value < -kExactMax));
      break;
    }
    case ColumnType::kFloat:
      out.fraction(in.fraction());
      break;
    case ColumnType::kBoolean:
      out.raw(in.boolean() ? "true" : "false");
      break;
    case ColumnType::kDate:
      out.date(in.integer());
      break;
    case ColumnType::kTimestamp:
      out.timestamp(in.integer());
      break;
    case ColumnType::kJson:
      if (form == JsonForm::kSubscription) {
        out.quoted(in.text());
      } else {
        out.raw(in.text());
      }
      break;
    case ColumnType::kRecord:
      return append_message(out, in.record(), form);
  }
  return true;
}

bool append_message(Text& out, MessageReader in, JsonForm form) {
  const Column* list = nullptr;  // The repeated column whose array is open.
  out.put('{');
  char before = '\0';  // The next member.
  while (in.next()) {
    const Column& column = in.column();
    if (list == &column) {
      out.put(',');
    } else {
      if (list != nullptr) out.put(']');
      out.name(before, column.name);
      list = nullptr;
      if (column.mode == Mode::kRepeated) {
        list = &column;
        out.put('[');
      }
    }
    before = ',';
    if (!append_value(out, in, form)) return false;
  }
  if (list != nullptr) out.put(']');
  out.put('}');
  return in.ok();
}

}  // namespace

Result<void> append_json(std::string& out, std::string_view encoded, JsonForm form) {
  // Names take about as much as values.
  Text text(out, 2 * encoded.size() + 256);
  if (append_message(text, MessageReader(encoded, columns()), form)) {
    text.finish();
    return {};
  }
  text.take_back();
  return fail(ErrorCode::kInvalidInput,
              "an encoded row of " + std::to_string(encoded.size()) + " bytes is malformed");
}

}  // namespace rs::row
