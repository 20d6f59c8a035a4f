#pragma once
// Reads one JSON value as the type a column wants, leniently, and notes what has the wrong shape.
// Every function reads exactly one value. It returns false only when the body is not JSON there;
// a value of the wrong shape is passed over, noted as a problem, and leaves `out` empty.
//   null       no value
//   text       text; numbers as they were written; true, false
//   number     numbers; text that is a number (number_text.h); "" is no value; true is 1
//   moment     microseconds since 1970, whole or not (the one begun counts), as number or text;
//              ISO 8601 (time_text.h)
//   consent    booleans, 0, 1 and the words in kConsentWords, in any case
// A number that its column cannot hold is never a problem (contract 3.1): 1.85 in a column of whole
// numbers, 1e999 or "free" in any. field() rounds the first and leaves the column empty for the
// others; what was sent is kept beside the column, as a parameter of the same name.
// Source of the leniency: pydantic 2's lax mode (docs.pydantic.dev, "conversion table"), widened by
// contract section 3.1.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "event/json_cursor.h"
#include "event/problem_notes.h"
#include "event/warnings.h"
#include "row/field.h"
#include "row/row.h"

namespace rs::event {

struct SentNumber {
  enum class Form : std::uint8_t {
    kNone,      // Nothing was sent, or a wrong shape.
    kWhole,     // `whole` and `value`.
    kFraction,  // `value`: with a fraction, or whole and beyond 64 bits.
    kUnread,    // `text`: what was sent where a number should be.
  };
  Form form = Form::kNone;
  std::int64_t whole = 0;
  double value = 0;
  std::string_view text;
};

// As a parameter has it; nothing when nothing was sent.
[[nodiscard]] std::optional<row::ParamValue> param_value_of(const SentNumber& sent);

// Numbers that their columns cannot hold, as parameters: each key once.
using KeptNumbers = std::vector<row::EventParam>;

class ValueReader {
 public:
  // `warnings` may be null: then what is changed is not noted.
  ValueReader(JsonCursor& json, ProblemNotes& notes, Warnings* warnings)
      : json_(json), notes_(notes), warnings_(warnings) {}

  bool text(const Path& path, std::optional<std::string_view>& out);

  // `wrong_shape` is noted of a list or an object.
  bool number(const Path& path, const ProblemKind& wrong_shape, SentNumber& out);

  // `unread` tells that something was sent that is not a moment; nothing is ever noted.
  bool moment(std::optional<std::int64_t>& out, bool& unread);

  // "Yes" or "No".
  bool consent(const Path& path, std::optional<std::string_view>& out);

  // A scalar of a row's message, by the kind of its column.
  template <class Message>
  bool field(const Path& path, const row::Field<Message>& field, Message& message,
             KeptNumbers& kept);

  // A parameter's value, of the type that was sent: text, a whole number or a fraction. Empty text
  // and null are no value; true and false are text, as gtag sends them. A list or an object is
  // passed over, and noted as not stored.
  bool scalar(const Path& path, std::optional<row::ParamValue>& out);

  // A whole number outside of a message, as field() reads it.
  bool integer(const Path& path, std::optional<std::int64_t>& out, KeptNumbers& kept);

  // Passes over the next value and notes that it is not what it should be.
  bool wrong(const ProblemKind& kind, const Path& path);
  // Notes that what began at `start` and was just read is not stored as it was sent.
  void warn(const ProblemKind& kind, const Path& path, std::size_t start) {
    if (warnings_ != nullptr) warnings_->add(kind, &path, json_.text_since(start));
  }
  // Notes a problem of what began at `start` and was just read.
  void note(const ProblemKind& kind, const Path* path, std::size_t start,
            const ListLimit* limit = nullptr) {
    notes_.add(kind, path, start, json_.position(), limit);
  }

 private:
  // As text(), without a word about what was not text.
  bool as_text(const Path& path, std::optional<std::string_view>& out);
  // What a column of whole numbers holds of `sent`.
  static std::optional<std::int64_t> rounded(const SentNumber& sent);
  // `key` is kept with what was sent when `exact` is false; otherwise it is kept no longer.
  void keep(const Path& path, std::size_t start, const SentNumber& sent, bool exact,
            KeptNumbers& kept);

  JsonCursor& json_;
  ProblemNotes& notes_;
  Warnings* const warnings_;
};

template <class Message>
bool ValueReader::field(const Path& path, const row::Field<Message>& field, Message& message,
                        KeptNumbers& kept) {
  field.clear(message);
  switch (field.kind()) {
    case row::FieldKind::kString: {
      std::optional<std::string_view> value;
      if (!text(path, value)) return false;
      if (value) field.set_string(message, *value);
      return true;
    }
    case row::FieldKind::kDouble: {
      SentNumber sent;
      const std::size_t start = json_.position();
      if (!number(path, problem::kNotNumber, sent)) return false;
      const bool fits = sent.form != SentNumber::Form::kUnread;
      if (fits && sent.form != SentNumber::Form::kNone) field.set_double(message, sent.value);
      keep(path, start, sent, fits, kept);
      return true;
    }
    case row::FieldKind::kInt64:
    case row::FieldKind::kBool: {
      std::optional<std::int64_t> value;
      if (!integer(path, value, kept)) return false;
      if (value && field.kind() == row::FieldKind::kInt64) field.set_int64(message, *value);
      if (value && field.kind() == row::FieldKind::kBool) field.set_bool(message, *value != 0);
      return true;
    }
  }
  return false;
}

}  // namespace rs::event
