#pragma once
// What a match captured, and how the templates of the lists are filled from it.
// A capture is a view into the text that was matched; a built text is a view into that, into the
// database, or into the arena given. The rules are those of Matomo's AbstractParser.php (device.md
// section 1.0), which are those of PHP: bytes, ASCII case.

#include <cstddef>
#include <string_view>

#include "base/arena.h"

namespace rs::device {

// Valid until the next match of the same Matcher.
class Captures {
 public:
  Captures() = default;
  Captures(const std::size_t* offsets, int count, std::string_view text)
      : offsets_(offsets), count_(count), text_(text) {}

  // Highest group that took part + 1.
  [[nodiscard]] int count() const { return count_; }
  // Empty for a group that took no part.
  [[nodiscard]] std::string_view operator[](int group) const {
    if (group >= count_) return {};
    const std::size_t from = offsets_[2 * group], to = offsets_[2 * group + 1];
    return from == static_cast<std::size_t>(-1) ? std::string_view()
                                                : text_.substr(from, to - from);
  }

 private:
  const std::size_t* offsets_ = nullptr;  // Pairs, as PCRE2 has them.
  int count_ = 0;
  std::string_view text_;
};

// Blanks as PHP's trim() takes them.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);
// PHP's empty(): "" and "0".
[[nodiscard]] constexpr bool is_empty(std::string_view text) {
  return text.empty() || text == "0";
}
// `text` with each `from` as `to`; `text` itself when it has none.
[[nodiscard]] std::string_view replaced(std::string_view text, char from, char to, Arena& arena);
// `text` with each `from` as `to`; `text` itself when it has none.
[[nodiscard]] std::string_view replaced(std::string_view text, std::string_view from,
                                        std::string_view to, Arena& arena);

[[nodiscard]] std::string_view build_text(std::string_view pattern, const Captures& captures,
                                          Arena& arena);
[[nodiscard]] std::string_view build_version(std::string_view pattern, const Captures& captures,
                                             Arena& arena);
[[nodiscard]] std::string_view build_model(std::string_view pattern, const Captures& captures,
                                           Arena& arena);

}  // namespace rs::device
