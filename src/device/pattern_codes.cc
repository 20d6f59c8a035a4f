#define PCRE2_CODE_UNIT_WIDTH 8
#include "device/pattern_codes.h"

#include <pcre2.h>

#include "device/leading_dots.h"

namespace rs::device {

std::string wrapped(std::string_view regex, Wrap wrap) {
  const auto rest = behind_word_run(regex);
  if (wrap == Wrap::kParser && rest.data() != nullptr) return wrapped(rest, Wrap::kNone);
  std::string_view before;
  switch (wrap) {
    case Wrap::kParser:
      before = "(?<=^|[^A-Z0-9_-]|[^A-Z0-9-]_|sprd-|MZ-)";
      break;
    case Wrap::kHeuristic:
      before = "(?<=^|[^A-Z_-])";
      break;
    case Wrap::kNone:
      break;
  }
  return std::string(before)
      .append("(?:")
      .append(with_leading_dots_at_line_start(regex))
      .append(")");
}

PatternCodes::PatternCodes(const Database& database)
    : database_(database),
      codes_(std::make_unique<std::atomic<pcre2_code*>[]>(database.patterns().size())) {}

PatternCodes::~PatternCodes() {
  for (std::size_t i = 0; i < database_.patterns().size(); ++i) pcre2_code_free(codes_[i]);
}

// Whether an item that matches nearly anything may stand any number of times behind the start.
bool PatternCodes::reads_on(std::string_view regex) {
  for (std::size_t at = 1; at < regex.size(); ++at) {
    if (regex[at] != '*' && regex[at] != '+') continue;
    if (regex[at - 1] == '.' && (at < 2 || regex[at - 2] != '\\')) return true;
    const auto open = regex[at - 1] == ']' ? regex.rfind('[', at) : std::string_view::npos;
    if (open != std::string_view::npos && regex[open + 1] == '^') return true;
  }
  return false;
}

const pcre2_code* PatternCodes::compile(PatternId id) const {
  const Pattern& pattern = database_.patterns()[id];
  const std::string regex = wrapped(database_.text(pattern.regex), pattern.wrap);
  // The limit costs a few per cent, so only the regexes have it that need it.
  const std::uint32_t options = PCRE2_CASELESS | (reads_on(regex) ? PCRE2_USE_OFFSET_LIMIT : 0);
  int error = 0;
  PCRE2_SIZE place = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()), regex.size(),
                                   options, &error, &place, nullptr);
  if (code == nullptr) return nullptr;
  if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0) {
    pcre2_code_free(code);
    return nullptr;
  }
  pcre2_code* other = nullptr;
  if (codes_[id].compare_exchange_strong(other, code, std::memory_order_acq_rel)) return code;
  pcre2_code_free(code);  // Another thread was first.
  return other;
}

}  // namespace rs::device
