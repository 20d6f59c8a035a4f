#pragma once
// One thread's means to match: finds the candidates of sets by their words, and confirms one at a
// time (PCRE2). A set's candidates include every pattern that matches, so only they have to be
// tried. Not thread-safe. Allocates when made and when a regex is matched for the first time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "device/database.h"
#include "device/match.h"
#include "device/pattern_codes.h"

namespace rs::device {

// The candidates of one set: a bit for each pattern, counted from the set's first; and another when
// it was found more than once.
class Candidates {
 public:
  explicit Candidates(std::size_t patterns);

  void clear();
  // Whether it was there already.
  bool add(std::uint32_t index) {
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    const std::uint64_t again = words_[index / 64] & bit;
    words_[index / 64] |= bit;
    again_[index / 64] |= again;
    return again != 0;
  }
  [[nodiscard]] bool was_found_again(std::uint32_t index) const {
    return (again_[index / 64] >> (index % 64) & 1) != 0;
  }
  // Every pattern: the plain way through a list, which the fast one is compared with.
  void add_all();
  // The first at or after `index` and before `end`; `end` without one.
  [[nodiscard]] std::uint32_t next(std::uint32_t index, std::uint32_t end) const;

 private:
  std::size_t count_;
  std::unique_ptr<std::uint64_t[]> words_, again_;
};

// kAll is for tests: it asks PCRE2 alone.
enum class Prefilter : std::uint8_t { kWords, kAll };

class Matcher {
 public:
  // References outlive the matcher. Fails when memory is short.
  [[nodiscard]] static Result<std::unique_ptr<Matcher>> create(const Database& database,
                                                               const PatternCodes& codes,
                                                               Prefilter prefilter);
  ~Matcher();

  // Finds the candidates of `sets`, which share a table of words, in `text`.
  void scan(std::string_view text, std::span<const PatternSet> sets, std::span<Candidates> into);

  // Begins a user agent: what may be spent on it is whole again.
  void begin();

  // True when the pattern matches; captures() then tells what. `found_again`: its words are in the
  // text scanned last more than once.
  [[nodiscard]] bool matches(PatternId id, std::string_view text, bool found_again = false);
  [[nodiscard]] const Captures& captures() const { return captures_; }

 private:
  struct Tools;  // What PCRE2 wants, and room for a text.
  Matcher(const Database& database, const PatternCodes& codes, Prefilter prefilter);

  const Database& database_;
  const PatternCodes& codes_;
  const Prefilter prefilter_;
  std::unique_ptr<Tools> tools_;
  Captures captures_;
  std::size_t left_ = 0;     // Of what may be spent, in bytes looked at.
  std::size_t repeats_ = 0;  // Words of the text scanned last that were found before.
};

}  // namespace rs::device
