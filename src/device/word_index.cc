#include "device/word_index.h"

namespace rs::device {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// What (?:[);/ ]|$) matches. In PCRE2 '$' is before a last line end too.
bool is_end(std::string_view rest) {
  if (rest.empty()) return true;
  const char c = rest[0];
  return c == ')' || c == ';' || c == '/' || c == ' ' || (c == '\n' && rest.size() == 1);
}

}  // namespace

WordIndex::WordIndex(const Database& database, const WordTable& table)
    : words_(database.records<Word>(Section::kWords)),
      strings_(database.records<char>(Section::kStrings).data()) {
  const auto slots = database.records<Gram>(Section::kGrams);
  const auto filters = database.records<std::uint64_t>(Section::kGramFilters);
  for (std::size_t i = 0; i < kGramSizes; ++i) {
    grams_[i] = {slots.subspan(table.grams[i].first, table.grams[i].count),
                 filters.subspan(table.filters[i].first, table.filters[i].count)};
  }
}

bool WordIndex::stands(const Word& word, std::string_view text, std::size_t at) const {
  if (word.text.size > text.size() - at ||
      std::memcmp(text.data() + at, strings_ + word.text.offset, word.text.size) != 0) {
    return false;
  }
  if (word.start == WordStart::kText && at > 0) return false;
  if (word.start == WordStart::kWord && at > 0 && is_word_character(text[at - 1])) return false;
  return !word.at_end || is_end(text.substr(at + word.text.size));
}

}  // namespace rs::device
