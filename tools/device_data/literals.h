#pragma once
// The words a regex needs: every text it matches holds at least one of them, in whatever case.
// Lower-case.

#include <string>
#include <string_view>
#include <vector>

#include "device/format.h"

namespace rs::device {

struct NeededWord {
  std::string text;
  WordStart start = WordStart::kAnywhere;
  bool at_end = false;  // What ends most models follows: one of ) ; / and blank, or the text's end.
};

// Empty when there are none. As rare as may be: no part of what most user agents say, if it can be
// helped.
[[nodiscard]] std::vector<NeededWord> needed_words(std::string_view regex, Wrap wrap);

// Whether a word (lower-case) is part of what most user agents say, and so tells nothing.
[[nodiscard]] bool is_ordinary(std::string_view word);

}  // namespace rs::device
