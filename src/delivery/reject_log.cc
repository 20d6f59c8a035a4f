#include "delivery/reject_log.h"

#include <fmt/format.h>

#include "base/text.h"
#include "obs/log.h"

namespace rs::delivery {
namespace {

constexpr std::chrono::minutes kPause{1};
// Kinds that are told apart; a destination that words each reason differently fills no memory.
constexpr std::size_t kKindsMax = 30;
constexpr std::size_t kKindBytes = 200;
constexpr std::string_view kOther = "other reasons";

}  // namespace

std::string RejectLog::kind_of(std::string_view reason) {
  std::string kind;
  char quote = '\0';
  for (std::size_t i = 0; i < reason.size() && kind.size() < kKindBytes; ++i) {
    const char c = reason[i];
    if (quote != '\0') {
      if (c == quote) kind += quote, quote = '\0';
      continue;
    }
    // Not the apostrophe of "can't".
    const bool after_letter =
        i > 0 && ascii_lower(reason[i - 1]) >= 'a' && ascii_lower(reason[i - 1]) <= 'z';
    if (c == '"' || c == '`' || (c == '\'' && !after_letter)) {
      quote = c;
      kind += c;
      kind += "...";
    } else if (c >= '0' && c <= '9') {
      if (kind.empty() || kind.back() != '#') kind += '#';
    } else {
      kind += c;
    }
  }
  return std::string(utf8_prefix(kind, kKindBytes));
}

std::vector<std::string> RejectLog::take(Clock::time_point now) {
  for (auto& [kind, rows] : new_) {
    const bool is_new = !kinds_.contains(kind);
    kinds_[is_new && kinds_.size() >= kKindsMax ? std::string(kOther) : kind].rows += rows;
  }
  new_.clear();
  std::vector<std::string> lines;
  for (auto& [name, kind] : kinds_) {
    if (kind.rows == 0 || (kind.is_said && now < kind.said + kPause)) continue;
    lines.push_back(fmt::format(
        "{} rejects rows ({}{}), which are kept as dead letters: {}", by_, kind.rows,
        kind.is_said
            ? fmt::format(" in {} seconds",
                          std::chrono::duration_cast<std::chrono::seconds>(now - kind.said).count())
            : "",
        name));
    kind = {.rows = 0, .said = now, .is_said = true};
  }
  return lines;
}

void RejectLog::log() {
  for (const auto& line : take(Clock::now())) RS_LOG(kWarning, "{}", line);
}

}  // namespace rs::delivery
