// Tables of words: the grams that they are found by.

#include <algorithm>
#include <bit>
#include <map>

#include "builder.h"
#include "literals.h"

namespace rs::device {
namespace {

std::uint32_t gram_at(std::string_view word, std::size_t at, std::size_t size) {
  std::uint32_t gram = 0;
  for (std::size_t i = 0; i < size; ++i) {
    gram |= static_cast<std::uint32_t>(static_cast<unsigned char>(word[at + i])) << (8 * i);
  }
  return gram;
}

// By how many words each gram is taken already.
using Load = std::map<std::uint32_t, std::uint32_t>;
using Groups = std::map<std::uint32_t, std::vector<Word>>;

// The place of the gram that costs least: one that ordinary user agents do not have, with few
// words.
std::size_t choose(std::string_view word, std::size_t size, const Load& load) {
  std::size_t best = 0, best_cost = SIZE_MAX;
  for (std::size_t at = 0; at + size <= word.size(); ++at) {
    const auto taken = load.find(gram_at(word, at, size));
    const std::size_t cost = (is_ordinary(word.substr(at, size)) ? 1'000'000 : 0) +
                             (taken == load.end() ? 0 : taken->second);
    if (cost < best_cost) {
      best = at;
      best_cost = cost;
    }
  }
  return best;
}

template <class Record>
Range append(std::vector<Record>& to, const std::vector<Record>& records) {
  const Range range{static_cast<std::uint32_t>(to.size()),
                    static_cast<std::uint32_t>(records.size())};
  to.insert(to.end(), records.begin(), records.end());
  return range;
}

Range add_grams(Builder& builder, const Groups& groups) {
  std::vector<Gram> slots(std::bit_ceil(2 * groups.size() + 1));
  for (const auto& [gram, group] : groups) {
    std::size_t at = gram_hash(gram) & (slots.size() - 1);
    while (slots[at].words.count != 0) at = (at + 1) & (slots.size() - 1);
    slots[at] = {gram, append(builder.words, group)};
  }
  return append(builder.grams, slots);
}

// Sixteen bits for a gram at least: one of sixteen that are not there goes through.
Range add_filter(Builder& builder, const Groups& groups) {
  std::vector<std::uint64_t> filter(std::bit_ceil(groups.size() / 4 + 1));
  for (const auto& [gram, group] : groups) {
    const std::uint32_t hash = gram_hash(gram);
    filter[(hash >> 6) & (filter.size() - 1)] |= std::uint64_t{1} << (hash % 64);
  }
  return append(builder.gram_filters, filter);
}

}  // namespace

std::uint32_t add_word_table(Builder& builder, std::vector<Word> words) {
  std::array<Groups, kGramSizes> groups;
  Load load;
  for (Word& word : words) {
    const auto text = builder.view(word.text);
    const std::size_t size = std::min<std::size_t>(text.size(), kGramSizes + 1);
    word.gram_at = static_cast<std::uint16_t>(choose(text, size, load));
    const auto gram = gram_at(text, word.gram_at, size);
    ++load[gram];
    groups[size - 2][gram].push_back(word);
  }
  WordTable table;
  for (std::size_t i = 0; i < kGramSizes; ++i) {
    table.grams[i] = add_grams(builder, groups[i]);
    table.filters[i] = add_filter(builder, groups[i]);
  }
  builder.word_tables.push_back(table);
  return static_cast<std::uint32_t>(builder.word_tables.size() - 1);
}

}  // namespace rs::device
