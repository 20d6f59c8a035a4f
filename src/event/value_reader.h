#pragma once
// Reads one JSON value as the type a column wants, leniently, and notes what cannot be meant.
// Every function reads exactly one value. It returns false only when the body is not JSON there;
// a value of the wrong shape is passed over, noted as a Problem, and leaves `out` empty.
//   null               no value
//   text               text; numbers as they were written; true, false
//   integer, number    numbers; text that is a number (" 42 ", "+4.0e1"); "" is no value; true is 1
//   integer            20.0 is 20; 1.5 and what is beyond int64 are problems
//   consent            booleans, 0, 1 and the words in kConsentWords, in any case
// Source of the leniency: pydantic 2's lax mode (docs.pydantic.dev, "conversion table"), widened by
// contract section 3.1.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "event/json_cursor.h"
#include "event/problem.h"
#include "row/field.h"

namespace rs::event {

class ValueReader {
 public:
  ValueReader(JsonCursor& json, std::vector<Problem>& problems)
      : json_(json), problems_(problems) {}

  bool text(const Path& path, std::optional<std::string_view>& out);
  bool integer(const Path& path, std::optional<std::int64_t>& out);
  bool number(const Path& path, std::optional<double>& out);

  // "Yes" or "No".
  bool consent(const Path& path, std::optional<std::string_view>& out);

  // A number of any size: `whole` gets it when it is an integer of 64 bits, else `fraction`.
  bool integer_or_fraction(const Path& path, std::optional<std::int64_t>& whole,
                           std::optional<double>& fraction);

  // A scalar of a row's message, by the kind of its column.
  template <class Message>
  bool field(const Path& path, const row::Field<Message>& field, Message& message);

  struct NumberProblems;

  // Passes over the next value and notes that it is not what it should be.
  bool wrong(const ProblemKind& kind, const Path& path);
  // Notes a problem of what began at `start` and was just read.
  void note(const ProblemKind& kind, const Path* path, std::size_t start);

 private:
  // Leaves `out` empty when there is no number, noted or null.
  bool find_number(const Path& path, const NumberProblems& problems,
                   std::optional<JsonNumber>& out);

  JsonCursor& json_;
  std::vector<Problem>& problems_;
};

template <class Message>
bool ValueReader::field(const Path& path, const row::Field<Message>& field, Message& message) {
  switch (field.kind()) {
    case row::FieldKind::kString: {
      std::optional<std::string_view> value;
      if (!text(path, value)) return false;
      if (value) field.set_string(message, *value);
      return true;
    }
    case row::FieldKind::kDouble: {
      std::optional<double> value;
      if (!number(path, value)) return false;
      if (value) field.set_double(message, *value);
      return true;
    }
    case row::FieldKind::kInt64:
    case row::FieldKind::kBool: {
      std::optional<std::int64_t> value;
      if (!integer(path, value)) return false;
      if (value && field.kind() == row::FieldKind::kInt64) field.set_int64(message, *value);
      if (value && field.kind() == row::FieldKind::kBool) field.set_bool(message, *value != 0);
      return true;
    }
  }
  return false;
}

}  // namespace rs::event
