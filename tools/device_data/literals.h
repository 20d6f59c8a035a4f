#pragma once
// The words a regex needs: every text it matches holds at least one of them, in whatever case.
// Lower-case. Looking for words is several times faster than looking for regexes, so this is what a
// scan looks for wherever the words are rare enough; a regex like Linux.*Liri/ would else be
// followed through every text with Linux in it.

#include <string>
#include <string_view>
#include <vector>

namespace rs::device {

// Empty when there are none worth looking for: one is below `shortest`, or part of what most user
// agents say.
[[nodiscard]] std::vector<std::string> needed_words(std::string_view regex, std::size_t shortest);

// Whether a word (lower-case) is part of what most user agents say, and so tells nothing.
[[nodiscard]] bool is_ordinary(std::string_view word);

}  // namespace rs::device
