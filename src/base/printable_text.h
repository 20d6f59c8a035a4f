#pragma once
// Text of strangers, for a terminal or a log that people read. Thread-safe (no state).

#include <string>
#include <string_view>

namespace rs {

// Appends `text` with everything escaped that a terminal obeys or that hides or reorders other
// text: C0 and C1 control characters and DEL (\n, \t, \r, \x1b, \u009b), format characters such as
// U+202E (right-to-left override) and U+200B (zero width space), the line separators U+2028 and
// U+2029, and bytes that are not UTF-8 (\xff). Backslashes stay as they are: the result is for
// reading, not for parsing.
void append_printable(std::string& out, std::string_view text);
[[nodiscard]] std::string printable(std::string_view text);

// The same for a text of several lines, whose \n and \t stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

// JSON that says the same: such characters, which stand in its strings only, as \u escapes.
[[nodiscard]] std::string printable_json(std::string_view json);

}  // namespace rs
