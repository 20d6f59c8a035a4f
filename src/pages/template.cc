#include "pages/template.h"

namespace rs::pages {

std::string filled(std::string_view page, std::span<const Replacement> replacements) {
  std::string out;
  out.reserve(page.size() * 2);
  while (!page.empty()) {
    std::size_t nearest = page.size();
    const Replacement* chosen = nullptr;
    for (const Replacement& replacement : replacements) {
      const std::size_t at = page.find(replacement.placeholder);
      if (at < nearest) {
        nearest = at;
        chosen = &replacement;
      }
    }
    out.append(page.substr(0, nearest));
    page.remove_prefix(nearest);
    if (chosen == nullptr) break;
    out.append(chosen->text);
    page.remove_prefix(chosen->placeholder.size());
  }
  return out;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace rs::pages
