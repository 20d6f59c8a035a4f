#pragma once
// Finds the words of the database in a text, all of them in one pass: at each byte the next three
// and four are looked up, and what is known there is compared. Costs about a nanosecond a byte,
// where the same patterns as regexes cost twenty. Immutable, any thread may use it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "device/database.h"

namespace rs::device {

class WordIndex {
 public:
  explicit WordIndex(const Database& database);

  // Calls found(word) for each word in `text`, perhaps several times. `text` is lower-case, and
  // kPadding readable bytes follow it.
  static constexpr std::size_t kPadding = 4;
  template <class Found>
  void scan(std::string_view text, Found&& found) const {
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::uint32_t gram = 0;
      __builtin_memcpy(&gram, text.data() + at, sizeof gram);
      if (four_.may_have(gram)) look(four_, gram, text, at, found);
      gram &= 0xffffff;
      if (three_.may_have(gram)) look(three_, gram, text, at, found);
    }
  }

 private:
  // A hash table of grams behind a filter that fits the first-level cache.
  class Table {
   public:
    explicit Table(std::span<const Gram> slots);
    [[nodiscard]] bool may_have(std::uint32_t gram) const {
      const std::uint32_t bit = gram_hash(gram) >> (32 - kFilterBits);
      return (filter_[bit / 64] >> (bit % 64) & 1) != 0;
    }
    [[nodiscard]] Range find(std::uint32_t gram) const {
      std::size_t at = gram_hash(gram) & (slots_.size() - 1);
      while (slots_[at].words.count != 0 && slots_[at].bytes != gram) {
        at = (at + 1) & (slots_.size() - 1);
      }
      return slots_[at].words;
    }

   private:
    static constexpr unsigned kFilterBits = 17;
    std::span<const Gram> slots_;
    std::vector<std::uint64_t> filter_;
  };

  template <class Found>
  void look(const Table& table, std::uint32_t gram, std::string_view text, std::size_t at,
            Found& found) const {
    const Range range = table.find(gram);
    for (const Word& word : words_.subspan(range.first, range.count)) {
      if (word.gram_at > at || word.text.size > text.size() - (at - word.gram_at)) continue;
      const char* start = text.data() + (at - word.gram_at);
      if (__builtin_memcmp(start, strings_ + word.text.offset, word.text.size) == 0) found(word);
    }
  }

  std::span<const Word> words_;
  const char* strings_;
  Table four_, three_;
};

}  // namespace rs::device
