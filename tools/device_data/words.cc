// The words of patterns, and the grams that they are found by.

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

std::vector<Gram> table_of(const std::map<std::uint32_t, std::vector<Word>>& groups,
                           std::vector<Word>& words) {
  std::vector<Gram> slots(std::bit_ceil(2 * groups.size() + 2));
  for (const auto& [gram, group] : groups) {
    std::size_t at = gram_hash(gram) & (slots.size() - 1);
    while (slots[at].words.count != 0) at = (at + 1) & (slots.size() - 1);
    slots[at] = {
        gram, {static_cast<std::uint32_t>(words.size()), static_cast<std::uint32_t>(group.size())}};
    words.insert(words.end(), group.begin(), group.end());
  }
  return slots;
}

}  // namespace

void add_words(Builder& builder, std::uint32_t set, std::uint32_t index,
               const std::vector<std::string>& words) {
  for (const auto& word : words) {
    builder.words.push_back(
        {builder.text(std::string_view(word)), 0, static_cast<std::uint16_t>(set), index});
  }
}

void index_words(Builder& builder) {
  std::map<std::uint32_t, std::vector<Word>> four, three;
  Load load;
  for (Word word : builder.words) {
    const auto text = builder.view(word.text);
    const std::size_t size = text.size() >= 4 ? 4 : 3;
    word.gram_at = static_cast<std::uint16_t>(choose(text, size, load));
    const auto gram = gram_at(text, word.gram_at, size);
    ++load[gram];
    (size == 4 ? four : three)[gram].push_back(word);
  }
  builder.words.clear();
  builder.grams4 = table_of(four, builder.words);
  builder.grams3 = table_of(three, builder.words);
}

}  // namespace rs::device
