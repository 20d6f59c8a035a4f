#include "device/match.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rs::device {
namespace {

bool has_dollar(std::string_view text) {
  return text.find('$') != std::string_view::npos;
}

bool is_group(char c, int count) {
  return c >= '1' && c <= '9' && c - '0' <= count;
}

// One pass; right when no captured text could be taken for a group itself.
std::string_view fill(std::string_view pattern, const Captures& captures, Arena& arena) {
  std::size_t size = pattern.size();
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] == '$' && is_group(pattern[i + 1], captures.count())) {
      size += captures[pattern[i + 1] - '0'].size();
    }
  }
  char* const start = arena.allocate(size);
  char* out = start;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '$' && i + 1 < pattern.size() && is_group(pattern[i + 1], captures.count())) {
      const auto captured = captures[pattern[++i] - '0'];
      out = std::copy(captured.begin(), captured.end(), out);
    } else {
      *out++ = pattern[i];
    }
  }
  return {start, static_cast<std::size_t>(out - start)};
}

// Group after group over the growing text, as Matomo does it.
std::string_view fill_in_turn(std::string_view text, const Captures& captures, Arena& arena) {
  for (int group = 1; group <= captures.count(); ++group) {
    std::array<char, 4> name{'$'};
    std::size_t size = 1;
    if (group >= 10) name[size++] = static_cast<char>('0' + group / 10);
    name[size++] = static_cast<char>('0' + group % 10);
    text = replaced(text, std::string_view(name.data(), size), captures[group], arena);
  }
  return text;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  const auto is_blank = [](char c) {
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\f') || c == '\0';
  };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view replaced(std::string_view text, char from, char to, Arena& arena) {
  if (text.find(from) == std::string_view::npos) return text;
  char* const out = arena.allocate(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = text[i] == from ? to : text[i];
  return {out, text.size()};
}

std::string_view replaced(std::string_view text, std::string_view from, std::string_view to,
                          Arena& arena) {
  std::size_t times = 0;
  for (auto at = text.find(from); at != std::string_view::npos;
       at = text.find(from, at + from.size())) {
    ++times;
  }
  if (times == 0) return text;
  const std::size_t size = text.size() + times * to.size() - times * from.size();
  char* const start = arena.allocate(size);
  char* out = start;
  while (times-- > 0) {
    const auto at = text.find(from);
    out = std::copy_n(text.begin(), at, out);
    out = std::copy(to.begin(), to.end(), out);
    text.remove_prefix(at + from.size());
  }
  std::copy(text.begin(), text.end(), out);
  return {start, size};
}

std::string_view build_text(std::string_view pattern, const Captures& captures, Arena& arena) {
  if (!has_dollar(pattern)) return trim_blanks(pattern);
  bool plain = captures.count() <= 10;
  for (int group = 1; group < captures.count(); ++group) {
    plain = plain && !has_dollar(captures[group]);
  }
  if (!plain) return trim_blanks(fill_in_turn(pattern, captures, arena));
  if (pattern == "$1") return trim_blanks(captures[1]);
  return trim_blanks(fill(pattern, captures, arena));
}

std::string_view build_version(std::string_view pattern, const Captures& captures, Arena& arena) {
  auto version = replaced(build_text(pattern, captures, arena), '_', '.', arena);
  const auto is_edge = [](char c) { return c == ' ' || c == '.'; };
  while (!version.empty() && is_edge(version.front())) version.remove_prefix(1);
  while (!version.empty() && is_edge(version.back())) version.remove_suffix(1);
  return version;
}

std::string_view build_model(std::string_view pattern, const Captures& captures, Arena& arena) {
  auto model = replaced(build_text(pattern, captures, arena), '_', ' ', arena);
  if (model.size() >= 3 && equals_ignoring_case(model.substr(model.size() - 3), " TD")) {
    model.remove_suffix(3);
  }
  if (model == "Build" || is_empty(model)) return "";
  return trim_blanks(model);
}

}  // namespace rs::device
