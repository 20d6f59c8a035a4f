#pragma once
// Finds the words of a table in a text, all of them in one pass: at each byte the next two, three
// and four are looked up, and what is known there is compared. Costs about a nanosecond a byte. A
// view of the database: cheap to make, any thread may use it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "device/database.h"

namespace rs::device {

class WordIndex {
 public:
  WordIndex(const Database& database, const WordTable& table);

  // Calls found(word) for each word in `text`, perhaps several times. `text` is lower-case, and
  // kPadding readable bytes follow it.
  static constexpr std::size_t kPadding = 4;
  template <class Found>
  void scan(std::string_view text, Found&& found) const {
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::uint32_t gram = 0;
      std::memcpy(&gram, text.data() + at, sizeof gram);
      if (grams_[2].may_have(gram)) look(grams_[2], gram, text, at, found);
      gram &= 0xffffff;
      if (grams_[1].may_have(gram)) look(grams_[1], gram, text, at, found);
      gram &= 0xffff;
      if (grams_[0].may_have(gram)) look(grams_[0], gram, text, at, found);
    }
  }

 private:
  // A hash table of grams of one size behind a filter that fits the first-level cache.
  struct Grams {
    std::span<const Gram> slots;
    std::span<const std::uint64_t> filter;
    [[nodiscard]] bool may_have(std::uint32_t gram) const {
      const std::uint32_t hash = gram_hash(gram);
      return (filter[(hash >> 6) & (filter.size() - 1)] >> (hash % 64) & 1) != 0;
    }
    [[nodiscard]] Range find(std::uint32_t gram) const {
      std::size_t at = gram_hash(gram) & (slots.size() - 1);
      while (slots[at].words.count != 0 && slots[at].bytes != gram) {
        at = (at + 1) & (slots.size() - 1);
      }
      return slots[at].words;
    }
  };

  template <class Found>
  void look(const Grams& grams, std::uint32_t gram, std::string_view text, std::size_t at,
            Found& found) const {
    const Range range = grams.find(gram);
    for (const Word& word : words_.subspan(range.first, range.count)) {
      if (word.gram_at <= at && stands(word, text, at - word.gram_at)) found(word);
    }
  }
  [[nodiscard]] bool stands(const Word& word, std::string_view text, std::size_t at) const;

  std::span<const Word> words_;
  const char* strings_;
  std::array<Grams, kGramSizes> grams_;
};

}  // namespace rs::device
