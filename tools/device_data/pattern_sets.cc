// Which patterns are looked for together, and by which words.

#include <array>

#include "builder.h"
#include "literals.h"

namespace rs::device {
namespace {

// Brands with fewer models are as fast to try one by one.
constexpr std::uint32_t kModelsForSet = 6;

// First list of each set; a set ends where the next begins.
constexpr std::array<List, 4> kSetStarts = {List::kBots, List::kSystems, List::kFeedReaders,
                                            List::kMobiles};
constexpr List kSetsEnd = List::kEngineVersions;

// The words of a set's patterns. Patterns without words are always candidates.
void take_words(Builder& builder, PatternSet& set, std::size_t number, std::vector<Word>& words) {
  set.always.first = static_cast<std::uint32_t>(builder.always.size());
  for (std::uint32_t i = 0; i < set.patterns.count; ++i) {
    const Pattern& pattern = builder.patterns[set.patterns.first + i];
    const auto needed = needed_words(builder.view(pattern.regex), pattern.wrap);
    if (needed.empty()) {
      builder.always.push_back(set.patterns.first + i);
      ++set.always.count;
    }
    for (const NeededWord& word : needed) {
      words.push_back({.text = builder.text(std::string_view(word.text)),
                       .index = i,
                       .gram_at = 0,
                       .set = static_cast<std::uint8_t>(number),
                       .start = word.start,
                       .at_end = word.at_end});
    }
  }
}

void make_list_sets(Builder& builder) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < kSetStarts.size(); ++i) {
    const auto from = static_cast<std::size_t>(kSetStarts[i]);
    const auto to =
        static_cast<std::size_t>(i + 1 < kSetStarts.size() ? kSetStarts[i + 1] : kSetsEnd);
    PatternSet set;
    set.patterns.first = builder.lists[from].patterns.first;
    for (std::size_t list = from; list < to; ++list) {
      builder.lists[list].set = static_cast<std::uint32_t>(i);
      set.patterns.count += builder.lists[list].patterns.count;
    }
    take_words(builder, set, i, words);
    builder.sets.push_back(set);
  }
  add_word_table(builder, words);
}

void make_model_sets(Builder& builder) {
  const auto models = builder.lists[static_cast<std::size_t>(List::kModels)].patterns.first;
  for (Brand& brand : builder.brands) {
    if (brand.models.count < kModelsForSet) continue;
    brand.set = static_cast<std::uint32_t>(builder.sets.size());
    PatternSet set;
    set.patterns = {models + brand.models.first, brand.models.count};
    std::vector<Word> words;
    take_words(builder, set, 0, words);
    set.table = add_word_table(builder, words);
    builder.sets.push_back(set);
  }
}

}  // namespace

void make_sets(Builder& builder) {
  make_list_sets(builder);
  make_model_sets(builder);
}

}  // namespace rs::device
