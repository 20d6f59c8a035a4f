#include "event/number_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace rs::event {
namespace {

constexpr std::size_t kSizeMax = 400;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_ascii_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// A number being put together from the characters that count.
class Plain {
 public:
  void add(char c) { text_[size_++] = c; }  // kSizeMax at most.
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, kSizeMax + 3> text_;
  std::size_t size_ = 0;
};

// What may stand between a number and its currency, and between groups of digits.
constexpr std::string_view kBlanks[] = {" ", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89"};
// Beside these, three capital letters are a currency (ISO 4217). Longer ones come before their
// parts.
constexpr std::string_view kSymbols[] = {
    "US$",          "CA$", "AU$", "NZ$", "HK$", "NT$", "A$", "C$", "R$", "S$", "$",
    "\xe2\x82\xac",  // Euro
    "\xc2\xa3",      // pound
    "\xc2\xa5",      // yen, yuan
    "\xe2\x82\xb9",  // rupee
    "\xe2\x82\xbd",  // ruble
    "\xe2\x82\xba",  // lira
    "\xe2\x82\xa9",  // won
    "\xe2\x82\xab",  // dong
    "\xe2\x82\xb4",  // hryvnia
    "\xe2\x82\xaa",  // shekel
    "\xe2\x82\xb1",  // peso
    "\xe2\x82\xa6",  // naira
    "\xe0\xb8\xbf",  // baht
    "z\xc5\x82",     // zloty
    "K\xc4\x8d",     // koruna
    "kr.",          "kr",  "Kr",  "Rs.", "Rs",  "Fr.", "Fr", "Ft", "RM", "R"};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The first characters are compared by themselves: calls are what the search would cost.
template <std::size_t kCount>
bool take_any_prefix(std::string_view& text, const std::string_view (&choices)[kCount]) {
  if (text.empty()) return false;
  return std::any_of(std::begin(choices), std::end(choices), [&](std::string_view choice) {
    return choice.front() == text.front() && take_prefix(text, choice);
  });
}
template <std::size_t kCount>
bool take_any_suffix(std::string_view& text, const std::string_view (&choices)[kCount]) {
  if (text.empty()) return false;
  return std::any_of(std::begin(choices), std::end(choices), [&](std::string_view choice) {
    if (choice.back() != text.back() || !text.ends_with(choice)) return false;
    text.remove_suffix(choice.size());
    return true;
  });
}

bool may_be_blank(char c) {
  return c == ' ' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_code(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void drop_currency_before(std::string_view& text) {
  if (text.empty() || is_digit(text.front())) return;
  if (is_code(text.substr(0, 3)) && !text.substr(3).starts_with('$')) {
    text.remove_prefix(3);
  } else if (!take_any_prefix(text, kSymbols)) {
    return;
  }
  while (!text.empty() && may_be_blank(text.front()) && take_any_prefix(text, kBlanks)) {
  }
}
void drop_currency_behind(std::string_view& text) {
  if (text.empty() || is_digit(text.back())) return;
  if (text.size() > 3 && is_code(text.substr(text.size() - 3))) {
    text.remove_suffix(3);
  } else if (!take_any_suffix(text, kSymbols)) {
    return;
  }
  while (!text.empty() && may_be_blank(text.back()) && take_any_suffix(text, kBlanks)) {
  }
}

// "1,299.00" into "1299.00", and its kin; false when separators stand where they cannot.
// `point` is what stands for the point, 0 for none; everything else separates thousands.
bool drop_separators(std::string_view text, char point, Plain& out) {
  std::size_t group = 0, groups = 0;  // Digits of the group at hand, separators so far.
  bool behind_point = false;
  const auto closes = [&] { return groups == 0 || group == 3; };
  while (!text.empty()) {
    const char c = text.front();
    if (is_digit(c)) {
      out.add(c);
      ++group;
      text.remove_prefix(1);
      continue;
    }
    if (group == 0 || behind_point || !closes()) return false;
    if (c == point) {
      behind_point = true;
      out.add('.');
      text.remove_prefix(1);
    } else if (c == ',' || c == '.' || c == '\'') {
      text.remove_prefix(1);
      ++groups;
    } else if (may_be_blank(c) && take_any_prefix(text, kBlanks)) {
      ++groups;
    } else {
      return false;
    }
    if (groups == 1 && !behind_point && group > 3) return false;
    group = 0;
  }
  return group > 0 && (behind_point || closes());
}

// Which of the two is the point of `text`; 0 when neither is.
char point_of(std::string_view text) {
  const auto comma = text.find(','), dot = text.find('.');
  const bool has_comma = comma != std::string_view::npos, has_dot = dot != std::string_view::npos;
  if (has_comma && has_dot) return text.rfind(',') > text.rfind('.') ? ',' : '.';
  if (has_dot) return text.find('.', dot + 1) == std::string_view::npos ? '.' : '\0';
  if (!has_comma || text.find(',', comma + 1) != std::string_view::npos) return '\0';
  const bool groups_three = text.size() - comma - 1 == 3 && comma <= 3 && text[0] != '0';
  return groups_three ? '\0' : ',';
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_ascii_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ascii_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool read_plain_number_text(std::string_view text, JsonNumber& out) {
  if (text.empty() || text.size() > kSizeMax) return false;
  if (!is_digit(text[0]) && text[0] != '.' && text[0] != '+' && text[0] != '-') return false;
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
  if (text.empty()) return false;
  Plain plain;
  if (negative) plain.add('-');
  if (text[0] == '.' && text.size() > 1) plain.add('0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool bare_point = text[i] == '.' && i > 0 && is_digit(text[i - 1]) &&
                            (i + 1 == text.size() || !is_digit(text[i + 1]));
    if (!bare_point) plain.add(text[i]);
  }
  if (!parse_json_number(plain.view(), out)) return false;
  out.text = {};
  return true;
}

bool read_number_text(std::string_view text, JsonNumber& out) {
  if (read_plain_number_text(text, out)) return true;
  if (text.size() > kSizeMax || std::none_of(text.begin(), text.end(), is_digit)) return false;
  const auto take_sign = [&text] {
    if (take_prefix(text, "-") || take_prefix(text, "\xe2\x88\x92")) return true;
    take_prefix(text, "+");
    return false;
  };
  bool negative = take_sign();
  drop_currency_before(text);
  drop_currency_behind(text);
  if (!negative) negative = take_sign();
  Plain plain;
  if (negative) plain.add('-');
  if (!drop_separators(text, point_of(text), plain)) return false;
  return read_plain_number_text(plain.view(), out);
}

}  // namespace rs::event
