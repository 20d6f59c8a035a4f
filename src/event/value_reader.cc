#include "event/value_reader.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace rs::event {
namespace {

struct ConsentWord {
  std::string_view word, stored;  // A null `stored` says nothing: the same as null.
};
constexpr std::string_view kYes = "Yes", kNo = "No";
constexpr ConsentWord kConsentWords[] = {
    {"granted", kYes}, {"denied", kNo}, {"true", kYes}, {"false", kNo}, {"yes", kYes}, {"no", kNo},
    {"1", kYes},       {"0", kNo},      {"on", kYes},   {"off", kNo},   {"y", kYes},   {"n", kNo},
    {"t", kYes},       {"f", kNo},      {"", {}},       {"unset", {}},
};

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// More than JSON's grammar: people write "+5", "007", ".5" and "5.".
bool parse_number_text(std::string_view text, JsonNumber& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
  std::array<char, 400> plain;  // Longer ones are not numbers anybody means.
  std::size_t size = 0;
  if (text.empty() || text.size() + 3 > plain.size()) return false;
  if (negative) plain[size++] = '-';
  if (text[0] == '.' && text.size() > 1) plain[size++] = '0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool bare_point = text[i] == '.' && i > 0 && is_digit(text[i - 1]) &&
                            (i + 1 == text.size() || !is_digit(text[i + 1]));
    if (!bare_point) plain[size++] = text[i];
  }
  return parse_json_number({plain.data(), size}, out);
}

}  // namespace

// What to say about a value that has no number in it.
struct ValueReader::NumberProblems {
  const ProblemKind& unreadable;
  const ProblemKind& wrong_shape;
};
constexpr ValueReader::NumberProblems kIntegerProblems{problem::kUnreadableInteger,
                                                       problem::kNotInteger};
constexpr ValueReader::NumberProblems kNumberProblems{problem::kUnreadableNumber,
                                                      problem::kNotNumber};

bool ValueReader::text(const Path& path, std::optional<std::string_view>& out) {
  switch (json_.peek()) {
    case '"': {
      std::string_view value;
      if (!json_.string(value)) return false;
      out = value;
      return true;
    }
    case 'n':
      out.reset();
      return json_.literal();
    case '{':
    case '[':
      out.reset();
      return wrong(problem::kNotText, path);
    default: {
      const std::size_t start = json_.position();
      if (!json_.skip()) return false;
      out = json_.text_since(start);
      return true;
    }
  }
}

bool ValueReader::find_number(const Path& path, const NumberProblems& problems,
                              std::optional<JsonNumber>& out) {
  const std::size_t start = json_.position();
  switch (json_.peek()) {
    case 'n':
      return json_.literal();
    case 't':
    case 'f': {
      const std::int64_t value = json_.peek() == 't' ? 1 : 0;
      out = JsonNumber{{}, true, value, static_cast<double>(value)};
      return json_.literal();
    }
    case '{':
    case '[':
      return wrong(problems.wrong_shape, path);
    case '"': {
      std::string_view value;
      if (!json_.string(value)) return false;
      value = trim_blanks(value);
      if (!value.empty() && !parse_number_text(value, out.emplace())) {
        out.reset();
        note(problems.unreadable, &path, start);
      }
      return true;
    }
    default:
      return json_.at_end() ? json_.fail("Expecting value") : json_.number(out.emplace());
  }
}

bool ValueReader::integer(const Path& path, std::optional<std::int64_t>& out) {
  out.reset();
  const std::size_t start = json_.position();
  std::optional<JsonNumber> found;
  if (!find_number(path, kIntegerProblems, found)) return false;
  if (!found) return true;
  if (found->is_integer) {
    out = found->integer;
  } else if (std::trunc(found->value) == found->value) {
    note(problem::kHugeInteger, &path, start);
  } else {
    note(problem::kFraction, &path, start);
  }
  return true;
}

bool ValueReader::number(const Path& path, std::optional<double>& out) {
  out.reset();
  const std::size_t start = json_.position();
  std::optional<JsonNumber> found;
  if (!find_number(path, kNumberProblems, found)) return false;
  if (!found) return true;
  if (std::isfinite(found->value)) {
    out = found->value;
  } else {
    note(problem::kNotFinite, &path, start);
  }
  return true;
}

bool ValueReader::integer_or_fraction(const Path& path, std::optional<std::int64_t>& whole,
                                      std::optional<double>& fraction) {
  whole.reset();
  fraction.reset();
  const std::size_t start = json_.position();
  std::optional<JsonNumber> found;
  if (!find_number(path, kIntegerProblems, found)) return false;
  if (!found) return true;
  if (found->is_integer) {
    whole = found->integer;
  } else if (std::isfinite(found->value)) {
    fraction = found->value;
  } else {
    note(problem::kNotFinite, &path, start);
  }
  return true;
}

bool ValueReader::consent(const Path& path, std::optional<std::string_view>& out) {
  out.reset();
  const std::size_t start = json_.position();
  const char c = json_.peek();
  if (c == '{' || c == '[') return wrong(problem::kNotBoolean, path);
  if (c == 'n') return json_.literal();
  std::optional<std::string_view> said;
  if (!text(path, said)) return false;
  const auto word = trim_blanks(said.value_or(""));
  const auto* known = std::find_if(
      std::begin(kConsentWords), std::end(kConsentWords),
      [&](const ConsentWord& entry) { return equals_ignoring_case(entry.word, word); });
  if (known == std::end(kConsentWords)) {
    note(problem::kUnreadableBoolean, &path, start);
  } else if (known->stored.data() != nullptr) {
    out = known->stored;
  }
  return true;
}

bool ValueReader::wrong(const ProblemKind& kind, const Path& path) {
  const std::size_t start = json_.position();
  if (!json_.skip()) return false;
  note(kind, &path, start);
  return true;
}

void ValueReader::note(const ProblemKind& kind, const Path* path, std::size_t start) {
  if (problems_.size() < kProblemsMax) {
    problems_.push_back(make_problem(kind, path, json_.text_since(start)));
  }
}

}  // namespace rs::event
