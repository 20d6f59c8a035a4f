#include "settings/env_file.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::settings {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits) &&
         !(text[0] >= '0' && text[0] <= '9');
}

bool begins_expansion(std::string_view text) {
  return text.size() > 1 && text[0] == '$' && (text[1] == '{' || text[1] == '(');
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  EnvText run() {
    while (!rest_.empty()) read_line();
    return std::move(out_);
  }

 private:
  void read_line() {
    line_ = next_line_;
    start_ = rest_;
    skip_blanks();
    if (line_ends(rest_) || rest_[0] == '#') return skip_line();

    std::string_view name = rest_.substr(0, rest_.find_first_of("=\n"));
    rest_.remove_prefix(name.size());
    if (rest_.empty() || rest_[0] != '=') return fault("has no '='");
    rest_.remove_prefix(1);

    name = trim(name);
    if (name.substr(0, 7) == "export " || name.substr(0, 7) == "export\t") {
      name = trim(name.substr(7));
    }
    if (!is_name(name)) return fault("has no name of letters, digits and '_' before '='");

    const bool blank = skip_blanks();
    EnvEntry entry{std::string(name), {}, line_, false};
    if (!rest_.empty() && (rest_[0] == '"' || rest_[0] == '\'')) {
      if (!read_quoted(entry)) return;
    } else {
      read_bare(entry, blank);
    }
    if (entry.value.find('\0') != std::string::npos) return fault("holds a NUL byte");
    out_.entries.push_back(std::move(entry));
    skip_line();
  }

  // Up to the end of the line, or a '#' that follows a blank.
  void read_bare(EnvEntry& entry, bool blank_before) {
    std::size_t end = 0;
    for (bool blank = blank_before; end < rest_.size(); ++end) {
      const char c = rest_[end];
      if (line_ends(rest_.substr(end)) || (c == '#' && blank)) break;
      blank = c == ' ' || c == '\t';
      if (begins_expansion(rest_.substr(end))) entry.wants_expansion = true;
    }
    entry.value = trim(rest_.substr(0, end));
    rest_.remove_prefix(end);
  }

  bool read_quoted(EnvEntry& entry) {
    const char quote = rest_[0];
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (c == quote) {
        rest_.remove_prefix(i + 1);
        skip_blanks();
        if (line_ends(rest_) || rest_[0] == '#') return true;
        fault("goes on after the closing quote");
        return false;
      }
      if (c == '\n') ++next_line_;
      if (c == '\\' && i + 1 < rest_.size() && append_escaped(entry.value, rest_[i + 1], quote)) {
        ++i;
        continue;
      }
      if (quote == '"' && begins_expansion(rest_.substr(i))) entry.wants_expansion = true;
      entry.value += c;
    }
    fault("has no closing quote");
    return false;
  }

  // False when the backslash stands for itself.
  static bool append_escaped(std::string& out, char c, char quote) {
    if (c == quote || c == '\\') {
      out += c;
      return true;
    }
    if (quote == '\'') return false;
    constexpr std::string_view kCodes = "nrt$", kBytes = "\n\r\t$";
    const auto code = kCodes.find(c);
    if (code == std::string_view::npos) return false;
    out += kBytes[code];
    return true;
  }

  bool skip_blanks() {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
    return rest_.size() != before;
  }

  static bool line_ends(std::string_view text) {
    return text.empty() || text[0] == '\n' || text == "\r" || text.substr(0, 2) == "\r\n";
  }

  void skip_line() {
    const auto end = rest_.find('\n');
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
    ++next_line_;
  }

  // Goes on with the line after the one where the entry begins: a forgotten quote must not hide
  // the rest of the file.
  void fault(std::string problem) {
    out_.faults.push_back({line_, std::move(problem)});
    rest_ = start_;
    next_line_ = line_;
    skip_line();
  }

  std::string_view rest_;
  std::string_view start_;     // rest_ as it was where the current entry begins.
  std::size_t line_ = 1;       // Where the current entry begins.
  std::size_t next_line_ = 1;  // Of what is left; beyond line_ once a quoted value has ended.
  EnvText out_;
};

}  // namespace

EnvText parse_env_text(std::string_view text) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  if (const auto bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    return {{}, {{static_cast<std::size_t>(line) + 1, "is not UTF-8; nothing was read"}}};
  }
  return Reader(text).run();
}

}  // namespace rs::settings
