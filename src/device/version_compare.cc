#include "device/version_compare.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace rs::device {
namespace {

constexpr std::size_t kLookedAt = 512;  // Bytes.

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A version with a dot at every border between parts.
class Canonical {
 public:
  explicit Canonical(std::string_view version) {
    version = version.substr(0, kLookedAt);
    if (version.starts_with('#')) {
      for (const char c : version) push(c);
      return;
    }
    push(version[0]);
    for (std::size_t i = 1; i < version.size(); ++i) {
      const char last = version[i - 1], c = version[i];
      const bool separates = c == '-' || c == '_' || c == '+';
      if (!separates && ((last != '.' && !is_digit(last) && is_digit(c)) ||
                         (is_digit(last) && c != '.' && !is_digit(c)))) {
        separate();
        push(c);
      } else if (!is_letter(c) && !is_digit(c)) {
        separate();
      } else {
        push(c);
      }
    }
  }
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  void push(char c) { text_[size_++] = c; }
  void separate() {
    if (text_[size_ - 1] != '.') push('.');
  }
  std::array<char, 2 * kLookedAt> text_;
  std::size_t size_ = 0;
};

int sign(long difference) {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

int rank(std::string_view word) {
  struct Form {
    std::string_view name;
    int rank;
  };
  static constexpr std::array<Form, 10> kForms = {{{"dev", 0},
                                                   {"alpha", 1},
                                                   {"a", 1},
                                                   {"beta", 2},
                                                   {"b", 2},
                                                   {"RC", 3},
                                                   {"rc", 3},
                                                   {"#", 4},
                                                   {"pl", 5},
                                                   {"p", 5}}};
  const auto* found = std::find_if(kForms.begin(), kForms.end(), [word](const Form& form) {
    return word.starts_with(form.name);
  });
  return found == kForms.end() ? -1 : found->rank;
}

int compare_words(std::string_view a, std::string_view b) {
  return sign(rank(a) - rank(b));
}

// Leading digits, as far as they fit.
long number(std::string_view part) {
  long value = 0;
  for (const char c : part) {
    if (!is_digit(c)) break;
    if (value > 100'000'000'000'000'000) return 0x7fffffffffffffff;
    value = value * 10 + (c - '0');
  }
  return value;
}

int compare_parts(std::string_view a, std::string_view b) {
  const bool a_is_number = !a.empty() && is_digit(a[0]), b_is_number = !b.empty() && is_digit(b[0]);
  if (a_is_number && b_is_number) return sign(number(a) < number(b) ? -1 : number(a) > number(b));
  if (!a_is_number && !b_is_number) return compare_words(a, b);
  return a_is_number ? compare_words("#N#", b) : compare_words(a, "#N#");
}

// The part before the next dot; `rest` goes on after it and is null when there was none.
std::string_view take_part(std::string_view& rest) {
  const auto dot = rest.find('.');
  const auto part = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  return part;
}

// What one version has beyond the other's end: more digits make it newer.
int compare_rest(std::string_view rest) {
  if (!rest.empty() && is_digit(rest[0])) return 1;
  return compare_versions(rest, "#N#");
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty() ? 0 : b.empty() ? 1 : -1;
  const Canonical canonical_a(a), canonical_b(b);
  std::string_view rest_a = canonical_a.view(), rest_b = canonical_b.view();
  int result = 0;
  while (!rest_a.empty() && !rest_b.empty() && result == 0) {
    const auto part_a = take_part(rest_a);
    const auto part_b = take_part(rest_b);
    result = compare_parts(part_a, part_b);
    if (rest_a.data() == nullptr || rest_b.data() == nullptr) break;
  }
  if (result != 0) return result;
  if (rest_a.data() != nullptr) return compare_rest(rest_a);
  if (rest_b.data() != nullptr) return -compare_rest(rest_b);
  return 0;
}

}  // namespace rs::device
