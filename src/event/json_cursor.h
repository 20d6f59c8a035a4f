#pragma once
// Reads the values of one JSON text in order, each exactly once, checking all of RFC 8259 as it
// goes.
//   JsonIndex --positions--> JsonCursor --object/array/string/number/skip--> values
// Every reading function returns false when the text is not JSON there; error() then says where and
// why (in the words of Python's json module, which clients of FastAPI know), and reading must stop.
// Beyond JSON it refuses: nesting deeper than kDepthMax, and NUL in the key of an object.
// Strings without escapes are views of the body; others are decoded into the arena. A surrogate
// escape without its other half (page titles cut by JavaScript's substr) becomes U+FFFD.
// Not thread-safe. Inline, because a body has about a hundred tokens and each costs a few ns.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/arena.h"

namespace rs::event {

struct JsonError {
  std::size_t position = 0;  // Bytes into the body.
  std::string_view reason;   // A constant.
};

struct JsonNumber {
  std::string_view text;     // As sent.
  bool is_integer = false;   // No fraction left over (20.0 and 2e1 are 20), and it fits int64.
  std::int64_t integer = 0;  // When is_integer.
  double value = 0;          // Infinite when beyond a double.
};

// Whether `text` is `word`. The size is known to the compiler, which saves the call of memcmp.
template <std::size_t kSize>
[[nodiscard]] bool is(std::string_view text, const char (&word)[kSize]) {
  return text.size() == kSize - 1 && std::memcmp(text.data(), word, kSize - 1) == 0;
}

// Whether all of `text` is a number by JSON's grammar.
[[nodiscard]] bool is_json_number(std::string_view text);

// The number that is all of `text` by JSON's grammar; false when it is not one.
[[nodiscard]] bool parse_json_number(std::string_view text, JsonNumber& out);

class JsonCursor {
 public:
  static constexpr int kDepthMax = 32;

  // `positions` as JsonIndex gives them for `body`: `count`, then the body's length.
  JsonCursor(std::string_view body, const std::uint32_t* positions, std::size_t count, Arena& arena)
      : body_(body), next_(positions), end_(positions + count), arena_(arena) {
    find_escape(body.data());
  }

  // The first character of the next token: { [ " digit - t f n, or what does not belong. 0 at the
  // end.
  [[nodiscard]] char peek() const { return next_ < end_ ? body_[*next_] : '\0'; }
  [[nodiscard]] bool at_end() const { return next_ == end_; }

  // Where the next token starts (the body's length at the end); with text_since(), what a value
  // looked like in the body.
  [[nodiscard]] std::size_t position() const { return *next_; }
  [[nodiscard]] std::string_view text_since(std::size_t start) const;

  // Calls member(key) for each member of the object that comes next; it must read one value, and
  // its false stops the reading.
  template <class Member>
  bool object(Member&& member) {
    if (!enter()) return false;
    if (peek() == '}') return leave();
    while (true) {
      std::string_view key;
      if (!read_key(key) || !member(key)) return false;
      const char c = peek();
      if (c == '}') return leave();
      if (c != ',') return fail("Expecting ',' delimiter");
      ++next_;
    }
  }

  // Calls element() for each element of the array that comes next; it must read one value.
  template <class Element>
  bool array(Element&& element) {
    if (!enter()) return false;
    if (peek() == ']') return leave();
    while (true) {
      if (!element()) return false;
      const char c = peek();
      if (c == ']') return leave();
      if (c != ',') return fail("Expecting ',' delimiter");
      ++next_;
    }
  }

  // The string that comes next. Call only when peek() is '"'.
  bool string(std::string_view& out) {
    const char* const start = body_.data() + next_[0] + 1;
    const char* end = body_.data() + next_[1] - 1;
    ++next_;
    while (*end != '"') --end;  // Only blanks stand between the closing quote and the next token.
    out = {start, static_cast<std::size_t>(end - start)};
    if (next_escape_ < out.data()) find_escape(out.data());
    escaped_ = next_escape_ < out.data() + out.size();
    return !escaped_ || decode(out, out);
  }
  // Whether the string read last held an escape. Only such a one can hold NUL.
  [[nodiscard]] bool escaped() const { return escaped_; }

  // Call only when peek() is a digit or '-'.
  bool number(JsonNumber& out) {
    if (parse_json_number(take(), out)) return true;
    --next_;
    return fail("Expecting value");
  }
  // Call only when peek() is 't', 'f' or 'n'.
  bool literal() {
    const std::string_view token = take();
    if (token == "true" || token == "false" || token == "null") return true;
    --next_;
    return fail("Expecting value");
  }

  // Any value, checked in full; numbers are not converted.
  bool skip();

  bool fail(std::string_view reason) { return fail_at(*next_, reason); }
  [[nodiscard]] const JsonError& error() const { return error_; }

 private:
  bool enter() {
    if (++depth_ > kDepthMax) return fail("Nesting is deeper than 32 levels");
    ++next_;
    return true;
  }
  bool leave() {
    ++next_;
    --depth_;
    return true;
  }
  bool read_key(std::string_view& key) {
    if (peek() != '"') return fail("Expecting property name enclosed in double quotes");
    const std::size_t start = *next_;
    if (!string(key)) return false;
    if (escaped_ && key.find('\0') != std::string_view::npos) {
      return fail_at(start, "NUL is not allowed in a key");
    }
    if (peek() != ':') return fail("Expecting ':' delimiter");
    ++next_;
    return true;
  }
  // The next token without the blanks behind it.
  std::string_view take() {
    const std::size_t start = next_[0];
    std::size_t last = next_[1] - 1;
    ++next_;
    while (last > start && is_blank(body_[last])) --last;
    return {body_.data() + start, last + 1 - start};
  }
  static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  // Strings are read in order, so all of them together cost one search through the body.
  void find_escape(const char* from) {
    const char* const end = body_.data() + body_.size();
    const void* found = std::memchr(from, '\\', static_cast<std::size_t>(end - from));
    next_escape_ = found == nullptr ? end : static_cast<const char*>(found);
  }
  bool decode(std::string_view inside, std::string_view& out);
  bool fail_at(std::size_t position, std::string_view reason) {
    error_ = {position, reason};
    return false;
  }

  std::string_view body_;
  const std::uint32_t* next_;
  const std::uint32_t* end_;
  Arena& arena_;
  const char* next_escape_ = nullptr;  // The first backslash not before the string read last.
  bool escaped_ = false;
  int depth_ = 0;
  JsonError error_;
};

// Why JsonIndex refused `body`, by looking at it byte by byte.
[[nodiscard]] JsonError explain_unindexable(std::string_view body);

}  // namespace rs::event
