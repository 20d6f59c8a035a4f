#include "device/names.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace rs::device {
namespace {

constexpr std::string_view kBrowserWord = " Browser";

// Goes through a text and its tail as they count under a folding.
class Folded {
 public:
  Folded(std::string_view text, std::string_view tail, Folding folding)
      : text_(text), tail_(tail), folding_(folding) {}
  // The next character, or -1 at the end.
  int next() {
    for (;;) {
      if (text_.empty()) {
        if (tail_.empty()) return -1;
        text_ = tail_;
        tail_ = {};
      }
      const char c = text_.front();
      text_.remove_prefix(1);
      if (folding_ == Folding::kNone) return static_cast<unsigned char>(c);
      if (c == ' ' && folding_ == Folding::kCaseAndSpaces) continue;
      return static_cast<unsigned char>(ascii_lower(c));
    }
  }

 private:
  std::string_view text_, tail_;
  Folding folding_;
};

// What stands before the word "browser" that `name` ends with, if case and spaces do not count.
std::optional<std::string_view> before_browser_word(std::string_view name) {
  constexpr std::string_view kWord = "browser";
  for (std::size_t left = kWord.size(); left > 0;) {
    if (name.empty()) return std::nullopt;
    const char c = name.back();
    name.remove_suffix(1);
    if (c == ' ') continue;
    if (ascii_lower(c) != kWord[--left]) return std::nullopt;
  }
  return name;
}

}  // namespace

NameIndex::NameIndex(std::size_t names, Folding folding)
    : folding_(folding), slots_(std::bit_ceil(2 * names + 2)) {}

std::uint64_t NameIndex::hash(std::string_view name, std::string_view tail) const {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a.
  Folded folded(name, tail, folding_);
  for (int c = folded.next(); c >= 0; c = folded.next()) {
    hash = (hash ^ static_cast<unsigned>(c)) * 0x100000001b3;
  }
  return hash ^ (hash >> 32);
}

bool NameIndex::equal(std::string_view name, std::string_view tail, std::string_view known) const {
  Folded left(name, tail, folding_), right(known, {}, folding_);
  for (;;) {
    const int c = left.next();
    if (c != right.next()) return false;
    if (c < 0) return true;
  }
}

void NameIndex::add(std::string_view name, std::uint32_t number) {
  std::size_t at = hash(name, {}) & (slots_.size() - 1);
  for (; slots_[at].name.data() != nullptr; at = (at + 1) & (slots_.size() - 1)) {
    if (equal(name, {}, slots_[at].name)) return;
  }
  slots_[at] = {name, number};
}

std::optional<std::uint32_t> NameIndex::find(std::string_view name, std::string_view tail) const {
  std::size_t at = hash(name, tail) & (slots_.size() - 1);
  for (; slots_[at].name.data() != nullptr; at = (at + 1) & (slots_.size() - 1)) {
    if (equal(name, tail, slots_[at].name)) return slots_[at].number;
  }
  return std::nullopt;
}

NamedTable::NamedTable(const Database& database, Section section)
    : names_(database.records<Named>(section)),
      by_case_(names_.size(), Folding::kCase),
      exact_(names_.size(), Folding::kNone),
      by_short_(names_.size(), Folding::kNone),
      nearly_(names_.size(), Folding::kCaseAndSpaces) {
  for (std::uint32_t i = 0; i < names_.size(); ++i) {
    const auto name = database.text(names_[i].name);
    by_case_.add(name, i);
    exact_.add(name, i);
    by_short_.add(database.text(names_[i].short_name), i);
    nearly_.add(name, i);
  }
}

const Named* NamedTable::find_browser(std::string_view name) const {
  std::optional<std::uint32_t> first;
  const auto consider = [&first](std::optional<std::uint32_t> found) {
    if (found && (!first || *found < *first)) first = found;
  };
  consider(nearly_.find(name));
  consider(nearly_.find(name, kBrowserWord));
  if (const auto before = before_browser_word(name)) consider(nearly_.find(*before));
  return at(first);
}

TextTable::TextTable(const Database& database, Section section)
    : database_(database),
      pairs_(database.records<Pair>(section)),
      index_(pairs_.size(), Folding::kNone) {
  for (std::uint32_t i = 0; i < pairs_.size(); ++i) index_.add(database.text(pairs_[i].key), i);
}

std::string_view TextTable::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found ? database_.text(pairs_[*found].value) : std::string_view();
}

}  // namespace rs::device
