#include "literals.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include "base/text.h"

namespace rs::device {
namespace {

constexpr std::size_t kWordsMax = 4000;

// What ordinary user agents are made of. A word that is part of it tells nothing.
constexpr std::array<std::string_view, 7> kOrdinary = {
    "mozilla/5.0 (linux; android 10; k build/) applewebkit/537.36 (khtml, like gecko) version/4.0 "
    "chrome/1.0.0.0 mobile safari/537.36",
    "mozilla/5.0 (windows nt 10.0; win64; x64) gecko/20100101 firefox/1.0",
    "mozilla/5.0 (macintosh; intel mac os x 10_15_7)",
    "mozilla/5.0 (iphone; cpu iphone os 1_0 like mac os x) mobile/15e148 ipad; cpu os",
    "mozilla/5.0 (x11; ubuntu; linux x86_64; rv:1.0)",
    "mozilla/5.0 (linux; u; android 4.4; en-us; ) linux armv7l",
    "mozilla/4.0 (compatible; msie 9.0; windows nt 6.1; trident/5.0)"};

// A word with what is known of its place. `to_end`: the part of the regex it comes from ends with
// it.
struct Word {
  std::string text;
  WordStart start = WordStart::kAnywhere;
  bool to_end = false, at_end = false;
};
// Of some alternatives one word each; empty when one of them has none.
using Words = std::vector<Word>;
using Texts = std::vector<std::string>;

// How seldom a word is found by chance. An ordinary one is only better than none.
std::size_t worth(const Word& word) {
  if (word.text.size() < 2) return 0;
  if (word.start != WordStart::kText && is_ordinary(lower_case(word.text))) return word.text.size();
  return 100 * (std::min<std::size_t>(word.text.size(), 24) +
                (word.start == WordStart::kAnywhere ? 0
                 : word.start == WordStart::kWord   ? 1
                                                    : 6) +
                (word.at_end ? 2 : 0));
}

std::size_t worth(const Words& words) {
  std::size_t least = words.empty() || words.size() > kWordsMax ? 0 : SIZE_MAX;
  for (const auto& word : words) least = std::min(least, worth(word));
  return least;
}

bool is_better(const Words& words, const Words& than) {
  const auto new_worth = worth(words), old_worth = worth(than);
  return new_worth != old_worth ? new_worth > old_worth : words.size() < than.size();
}

// How often the item before may stand.
enum class Repeat { kOnce, kMaybe, kAtLeastOnce, kAnyTimes };

// What is known of a part of the regex.
struct Part {
  bool exact = true;  // `all` is all that the part can match.
  Texts all = {""};
  Words needed;  // One of these it holds. Empty: unknown.
};

// What most regexes of models end with.
constexpr std::string_view kEnd = "(?:[);/ ]|$)";

// A walk over the regex. It knows groups, classes, escapes and quantifiers; what it does not
// understand only ends a word.
class Reader {
 public:
  explicit Reader(std::string_view regex) : rest_(regex) {}

  Part alternatives() {
    Part whole = concatenation();
    while (rest_.starts_with('|')) {
      rest_.remove_prefix(1);
      const Part other = concatenation();
      whole.exact = whole.exact && other.exact && whole.all.size() + other.all.size() <= kExactMax;
      if (whole.exact) whole.all.insert(whole.all.end(), other.all.begin(), other.all.end());
      if (whole.needed.empty() || other.needed.empty()) {
        whole.needed.clear();
      } else {
        whole.needed.insert(whole.needed.end(), other.needed.begin(), other.needed.end());
      }
    }
    return whole;
  }

 private:
  static constexpr std::size_t kExactMax = 64;

  // The words that the items just read can match, and where they began.
  struct Open {
    Texts texts = {""};
    WordStart start = WordStart::kWord;
  };

  [[nodiscard]] bool is_at_end() const {
    return rest_.empty() || rest_[0] == '|' || rest_[0] == ')';
  }
  // The regex's end follows, by its usual group.
  [[nodiscard]] bool is_before_end() const { return rest_ == kEnd; }

  void keep(const Open& open, Words& best) const {
    Words words;
    for (const auto& text : open.texts) {
      words.push_back({text, open.start, is_at_end(), is_before_end()});
    }
    if (is_better(words, best)) best = words;
  }

  Part concatenation() {
    Part whole;
    Open open;
    for (bool is_first = true; !is_at_end();) {
      keep(open, whole.needed);
      // The start of the text takes no room, so what follows is still first.
      if (is_first && rest_[0] == '^') {
        take();
        open.start = WordStart::kText;
        continue;
      }
      Part item = this->item();
      const Repeat repeat = this->repeat();
      if (repeat == Repeat::kOnce || repeat == Repeat::kAtLeastOnce) {
        for (auto& word : item.needed) {
          word.at_end = word.at_end || (word.to_end && is_before_end());
          if (!is_first || repeat != Repeat::kOnce) word.start = WordStart::kAnywhere;
          if (open.start == WordStart::kText && word.start == WordStart::kWord) {
            word.start = WordStart::kText;
          }
          word.to_end = word.to_end && is_at_end() && repeat == Repeat::kOnce;
          if (repeat != Repeat::kOnce) word.at_end = false;
        }
        if (is_better(item.needed, whole.needed)) whole.needed = item.needed;
      }
      const bool was_first = is_first;
      is_first = false;
      if (repeat == Repeat::kMaybe) item.all.emplace_back();
      const bool joins = item.exact && repeat != Repeat::kAnyTimes &&
                         open.texts.size() * item.all.size() <= kExactMax;
      if (joins) open.texts = products(open.texts, item.all);
      if (joins && repeat != Repeat::kAtLeastOnce) continue;
      whole.exact = false;
      if (joins) {
        keep(open, whole.needed);
        for (auto& word : whole.needed) word.to_end = word.at_end = false;
      }
      const WordStart start = was_first ? open.start : WordStart::kAnywhere;
      open = {{""}, WordStart::kAnywhere};
      if (!joins && item.exact && repeat == Repeat::kOnce) open = {item.all, start};
    }
    if (whole.exact) whole.all = open.texts;
    keep(open, whole.needed);
    return whole;
  }

  static Texts products(const Texts& left, const Texts& right) {
    Texts out;
    for (const auto& a : left) {
      for (const auto& b : right) out.push_back(a + b);
    }
    return out;
  }

  static Part unknown() { return {false, {}, {}}; }

  Part item() {
    const char c = take();
    if (c == '(') return group();
    if (c == '[') return character_class();
    if (c == '.') return unknown();
    if (c == '^' || c == '$') return {};
    if (c != '\\' || rest_.empty()) return {true, {std::string(1, c)}, {}};
    const char escaped = take();
    if (escaped == 'd') return {true, kDigits, {}};
    const bool is_word = (escaped >= '0' && escaped <= '9') || (escaped >= 'A' && escaped <= 'Z') ||
                         (escaped >= 'a' && escaped <= 'z');
    return is_word ? unknown() : Part{true, {std::string(1, escaped)}, {}};
  }

  // After it, the ')' is gone. A look-around needs nothing that could be found, and takes no room.
  Part group() {
    bool is_look_around = false;
    if (rest_.starts_with("?:")) {
      rest_.remove_prefix(2);
    } else if (rest_.starts_with('?')) {
      is_look_around = true;
      rest_.remove_prefix(rest_.find_first_of("=!") + 1);
    }
    Part part = alternatives();
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    return is_look_around ? Part() : part;
  }

  Part character_class() {
    Texts members;
    bool is_plain = !rest_.starts_with('^');
    if (!is_plain) take();
    for (bool first = true; !rest_.empty() && (first || rest_[0] != ']'); first = false) {
      char from = take();
      if (from == '\\' && !rest_.empty()) {
        from = take();
        is_plain = is_plain && !((from >= 'A' && from <= 'Z') || (from >= 'a' && from <= 'z'));
      }
      char to = from;
      if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
        take();
        to = take();
      }
      for (int c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to); ++c) {
        members.emplace_back(1, static_cast<char>(c));
      }
    }
    if (!rest_.empty()) take();
    return is_plain && members.size() <= kMembersMax ? Part{true, members, {}} : unknown();
  }

  Repeat repeat() {
    if (rest_.empty()) return Repeat::kOnce;
    Repeat repeat = Repeat::kOnce;
    if (rest_[0] == '*') {
      repeat = Repeat::kAnyTimes;
      take();
    } else if (rest_[0] == '?') {
      repeat = Repeat::kMaybe;
      take();
    } else if (rest_[0] == '+') {
      repeat = Repeat::kAtLeastOnce;
      take();
    } else if (rest_[0] == '{' && rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '9') {
      repeat = rest_[1] == '0' ? Repeat::kAnyTimes : Repeat::kAtLeastOnce;
      rest_.remove_prefix(rest_.find('}') + 1);
    } else {
      return repeat;
    }
    if (rest_.starts_with('?') || rest_.starts_with('+')) take();
    return repeat;
  }

  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  static constexpr std::size_t kMembersMax = 12;
  inline static const Texts kDigits = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  std::string_view rest_;
};

}  // namespace

bool is_ordinary(std::string_view word) {
  return std::any_of(kOrdinary.begin(), kOrdinary.end(), [word](std::string_view text) {
    return text.find(word) != std::string_view::npos;
  });
}

std::vector<NeededWord> needed_words(std::string_view regex, Wrap wrap) {
  const Words words = Reader(regex).alternatives().needed;
  if (worth(words) == 0) return {};
  std::vector<NeededWord> out;
  for (const auto& word : words) {
    out.push_back({lower_case(word.text),
                   word.start == WordStart::kWord && wrap != Wrap::kParser ? WordStart::kAnywhere
                                                                           : word.start,
                   word.at_end});
  }
  const auto key = [](const NeededWord& word) {
    return std::tuple(std::string_view(word.text), word.start, word.at_end);
  };
  std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  out.erase(std::unique(out.begin(), out.end(),
                        [&](const auto& a, const auto& b) { return key(a) == key(b); }),
            out.end());
  return out;
}

}  // namespace rs::device
