#include "enrich/accept_language.h"

#include "base/text.h"
#include "enrich/clean_text.h"

namespace rs::enrich {
namespace {

constexpr std::size_t kLanguagesMax = 100;  // Browsers send ten at most.

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
bool is_hyphen(char c) {
  return c == '-' || c == '_';
}

bool is_tag(std::string_view text) {
  if (text.size() > kLanguageTagMax) return false;
  std::size_t group = 0;  // Characters of the group so far.
  bool first = true;
  for (const char c : text) {
    if (is_hyphen(c)) {
      if (group == 0) return false;
      group = 0;
      first = false;
    } else if (!(is_letter(c) || (is_digit(c) && !first)) || ++group > 8) {
      return false;
    }
  }
  return group > 0;
}

// Thousandths: "0.8" is 800. At most three digits count (RFC 9110 section 12.4.2). -1 if
// unreadable.
int parse_quality(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return -1;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return -1;
  int scale = 100;
  for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!is_digit(c)) return -1;
    value += (c - '0') * scale;
    scale /= 10;
  }
  return value > 1000 ? 1000 : value;
}

// Of the parameters behind a tag, q alone means something.
int quality_of(std::string_view parameters) {
  constexpr int kUnreadable = 1;
  while (!parameters.empty()) {
    std::string_view value = trim(take_until(parameters, ';'));
    const std::string_view name = trim(take_until(value, '='));
    if (!equals_ignoring_case(name, "q")) continue;
    const int quality = parse_quality(trim(value));
    return quality < 0 ? kUnreadable : quality;
  }
  return 1000;
}

}  // namespace

std::string_view preferred_language(std::string_view header, Arena& arena) {
  std::string_view best;
  int best_quality = 0;
  for (std::size_t read = 0; !header.empty() && best_quality < 1000 && read < kLanguagesMax;
       ++read) {
    std::string_view parameters = take_until(header, ',');
    const std::string_view tag = trim(take_until(parameters, ';'));
    if (!is_tag(tag)) continue;
    const int quality = quality_of(parameters);
    if (quality > best_quality) {
      best = tag;
      best_quality = quality;
    }
  }
  if (best.empty()) return {};
  char* const out = arena.allocate(best.size());
  for (std::size_t i = 0; i < best.size(); ++i)
    out[i] = is_hyphen(best[i]) ? '-' : ascii_lower(best[i]);
  return {out, best.size()};
}

}  // namespace rs::enrich
