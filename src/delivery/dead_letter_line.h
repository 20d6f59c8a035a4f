#pragma once
// A dead letter as a line of JSON (the fields: dead_letters.h). Reads lines from outside: people
// edit these files. No state.

#include <string>
#include <string_view>

#include "base/result.h"
#include "delivery/dead_letters.h"

namespace rs::delivery {

// With its newline.
void append_line(std::string& to, std::string_view time, std::string_view sink,
                 const DeadLetter& letter);

// `line` has no newline.
[[nodiscard]] Result<KeptLetter> parse_line(std::string_view line);

}  // namespace rs::delivery
