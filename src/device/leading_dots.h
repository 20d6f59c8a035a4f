#pragma once
// Keeps regexes that begin with .* or .+ from trying the rest of the text at each of its bytes:
// that is quadratic, and Matomo's lists have dozens of them.

#include <string>
#include <string_view>

namespace rs::device {

// `regex` with each .* and .+ that a match can begin with allowed at the start of a line only. It
// finds the same matches when it is searched for in a text, provided that a match may begin at the
// start of any line: where one begins with .* in the middle of a line, an earlier one begins at its
// start.
[[nodiscard]] std::string with_leading_dots_at_line_start(std::string_view regex);

// `regex` without the run of word characters that it begins with, if it is one behind such a run as
// a whole; else null data(). Behind Matomo's wrapping such a run finds a place to begin wherever
// the rest matches, so the rest alone, with no wrapping, tells the same and captures the same.
[[nodiscard]] std::string_view behind_word_run(std::string_view regex);

}  // namespace rs::device
