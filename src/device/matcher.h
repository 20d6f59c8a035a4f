#pragma once
// One thread's means to match: finds the candidates of a set by words and by one scan (Vectorscan),
// and confirms one at a time (PCRE2). A set's candidates include every pattern that matches, in
// whatever anchoring, so only they have to be tried. Not thread-safe. Allocates when made and when
// a regex is matched for the first time.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "device/database.h"
#include "device/match.h"
#include "device/pattern_codes.h"
#include "device/word_index.h"

namespace rs::device {

// The candidates of one set: a bit for each pattern, counted from the set's first.
class Candidates {
 public:
  explicit Candidates(std::size_t patterns);

  void clear();
  void add(std::uint32_t index) { words_[index / 64] |= std::uint64_t{1} << (index % 64); }
  // Every pattern: the plain way through a list, which the fast one is compared with.
  void add_all();
  // The first at or after `index` and before `end`; `end` without one.
  [[nodiscard]] std::uint32_t next(std::uint32_t index, std::uint32_t end) const;

 private:
  std::size_t count_;
  std::unique_ptr<std::uint64_t[]> words_;
};

// kAll is for tests: it asks PCRE2 alone.
enum class Prefilter : std::uint8_t { kFast, kAll };

class Matcher {
 public:
  // References outlive the matcher. Fails when memory is short, or when the processor lacks what
  // Vectorscan or PCRE2's compiler needs.
  [[nodiscard]] static Result<std::unique_ptr<Matcher>> create(const Database& database,
                                                               const WordIndex& words,
                                                               const PatternCodes& codes,
                                                               Prefilter prefilter);
  ~Matcher();

  // Adds the candidates that words tell of, to the set's among `into`, which are all sets of lists.
  void scan_words(std::string_view text, std::span<Candidates> into);
  // Adds the set's other candidates.
  void scan(const PatternSet& set, std::string_view text, Candidates& into);

  // Begins a user agent: what may be spent on it is whole again.
  void begin();

  // True when the pattern matches; captures() then tells what.
  [[nodiscard]] bool matches(PatternId id, std::string_view text);
  [[nodiscard]] const Captures& captures() const { return captures_; }

 private:
  struct Tools;  // What the two libraries want.
  Matcher(const Database& database, const WordIndex& words, const PatternCodes& codes,
          Prefilter prefilter);

  const Database& database_;
  const WordIndex& words_;
  const PatternCodes& codes_;
  const Prefilter prefilter_;
  std::unique_ptr<Tools> tools_;
  Captures captures_;
  std::size_t left_ = 0;  // Of what may be spent, in bytes looked at.
};

}  // namespace rs::device
