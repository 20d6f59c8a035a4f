#pragma once
// PHP's version_compare() (php.net/version_compare, ext/standard/versioning.c), by which Matomo
// compares: parts at dots and between digits and letters, numbers as numbers, words as
//   any other word < dev < alpha = a < beta = b < RC = rc < # < pl = p
// and a number stands between them as "#". Does not allocate; looks at the first 512 bytes.

#include <string_view>

namespace rs::device {

// Below 0 when `a` is older, 0 when they are the same, above 0 when it is newer.
[[nodiscard]] int compare_versions(std::string_view a, std::string_view b);

}  // namespace rs::device
