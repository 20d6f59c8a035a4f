#pragma once
// Fills in the blanks of a page of web/.

#include <span>
#include <string>
#include <string_view>

namespace rs::pages {

struct Replacement {
  std::string_view placeholder;  // Such as "{{version}}".
  std::string text;
};

// `page` with each placeholder replaced, everywhere. What is put in is not looked at again.
[[nodiscard]] std::string filled(std::string_view page, std::span<const Replacement> replacements);

// `text` for the inside of an HTML element or quoted attribute.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace rs::pages
