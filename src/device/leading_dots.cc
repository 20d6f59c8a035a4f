#include "device/leading_dots.h"

#include <cstddef>
#include <vector>

namespace rs::device {
namespace {

constexpr std::string_view kAtLineStart = R"((?<![^\n]))";

// Where the character class that begins at `at` ends.
std::size_t class_end(std::string_view regex, std::size_t at) {
  ++at;
  if (at < regex.size() && regex[at] == '^') ++at;
  if (at < regex.size() && regex[at] == ']') ++at;
  for (; at < regex.size() && regex[at] != ']'; ++at) {
    if (regex[at] == '\\') ++at;
  }
  return at;
}

// The first `wanted` character at or behind `at` that is outside of all groups and classes, or that
// closes the group which `at` opens; npos without one.
std::size_t find_outside_groups(std::string_view regex, char wanted, std::size_t at = 0) {
  std::size_t depth = 0;
  for (; at < regex.size(); ++at) {
    if (regex[at] == '\\') {
      ++at;
      continue;
    }
    if (regex[at] == '[') {
      at = class_end(regex, at);
      continue;
    }
    if (regex[at] == ')') --depth;
    if (depth == 0 && regex[at] == wanted) return at;
    if (regex[at] == '(') ++depth;
  }
  return std::string_view::npos;
}

// Whether the group that begins at `at` may be repeated: only its first round begins a match.
bool is_repeated(std::string_view regex, std::size_t at) {
  const std::size_t end = find_outside_groups(regex, ')', at);
  if (end == std::string_view::npos) return true;
  const char next = end + 1 < regex.size() ? regex[end + 1] : ' ';
  return next == '*' || next == '+' || next == '{';
}

bool is_choice(std::string_view regex) {
  return find_outside_groups(regex, '|') != std::string_view::npos;
}

struct Group {
  bool leads;  // Its alternatives may begin a match.
};

}  // namespace

std::string_view behind_word_run(std::string_view regex) {
  constexpr std::string_view kRun = "[a-z0-9_-]*";
  if (!regex.starts_with(kRun) || is_choice(regex)) return {};
  return regex.substr(kRun.size());
}

std::string with_leading_dots_at_line_start(std::string_view regex) {
  std::string out;
  std::vector<Group> groups = {{true}};
  bool leading = true;
  for (std::size_t at = 0; at < regex.size(); ++at) {
    const char c = regex[at];
    if (leading && c == '.' && at + 1 < regex.size() &&
        (regex[at + 1] == '*' || regex[at + 1] == '+')) {
      out += kAtLineStart;
    }
    out += c;
    if (c == '|') {
      leading = groups.back().leads;
      continue;
    }
    if (c == ')') {
      if (groups.size() > 1) groups.pop_back();
      leading = false;
      continue;
    }
    if (c == '(') {
      // A look-around is not where a match begins; what follows it may be, but none of the lists
      // has that.
      const bool is_plain = regex.substr(at, 3) == "(?:" || regex.substr(at, 2) != "(?";
      leading = leading && is_plain && !is_repeated(regex, at);
      groups.push_back({leading});
      if (is_plain && regex.substr(at, 3) == "(?:") {
        out += "?:";
        at += 2;
      }
      continue;
    }
    const std::size_t start = at;
    if (c == '\\') ++at;
    if (c == '[') at = class_end(regex, at);
    out += regex.substr(start + 1, at - start);
    leading = false;
  }
  return out;
}

}  // namespace rs::device
