#pragma once
// A text that lists are asked about. Scans for a set's candidates when a list of that set is first
// asked for, and only then: most texts are settled by a few lists. Not thread-safe; one matcher
// serves several subjects. Allocates only when made.

#include <cstdint>
#include <string_view>
#include <vector>

#include "device/heuristics.h"
#include "device/matcher.h"

namespace rs::device {

inline constexpr std::uint32_t kNoMatch = 0xffffffff;

class Subject {
 public:
  // References outlive the subject.
  Subject(const Database& database, Matcher& matcher);

  // `text` must not be null, and stays valid until the next reset().
  void reset(std::string_view text) {
    text_ = text;
    is_scanned_ = false;
  }
  [[nodiscard]] std::string_view text() const { return text_; }

  // The first pattern of the list that matches, counted from the list's first, or kNoMatch.
  // captures() tells what it captured.
  [[nodiscard]] std::uint32_t first(List list);
  // The same among some of its patterns, counted likewise.
  [[nodiscard]] std::uint32_t first(List list, Range among);
  // Whether any pattern of the list matches.
  [[nodiscard]] bool any(List list) { return first(list) != kNoMatch; }
  [[nodiscard]] bool matches(Heuristic heuristic);
  // One pattern of a list that no set has.
  [[nodiscard]] bool matches_alone(List list, std::uint32_t index) {
    return matcher_.matches(database_.list(list).patterns.first + index, text_);
  }
  // The first of a brand's models that matches, counted from the brand's first, or kNoMatch.
  [[nodiscard]] std::uint32_t first_model(const Brand& brand);

  [[nodiscard]] const Captures& captures() const { return matcher_.captures(); }

 private:
  [[nodiscard]] const Candidates& candidates_of(std::uint32_t set);
  [[nodiscard]] std::uint32_t first_among(const Candidates& candidates, PatternId set_first,
                                          Range patterns);

  const Database& database_;
  Matcher& matcher_;
  std::string_view text_;
  bool is_scanned_ = false;
  std::vector<Candidates> candidates_;
  Candidates model_candidates_;
};

}  // namespace rs::device
