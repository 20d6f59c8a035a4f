#define PCRE2_CODE_UNIT_WIDTH 8
#include "device/matcher.h"

#include <algorithm>
#include <array>
#include <bit>

#include <pcre2.h>

#include "base/text.h"
#include "device/client_hints.h"
#include "device/word_index.h"

namespace rs::device {
namespace {

// Against regexes that would try for ever on a text made for it; a match that needs more counts as
// none. None of 39,007 reference answers changes with a quarter of it.
constexpr std::uint32_t kMatchLimit = 2'000;
// Bytes that PCRE2 is asked about for one user agent; beyond, nothing matches. Ten of the 39,007
// reference answers need more than a third of it; a text made of candidates costs no more than some
// 100 us by it.
constexpr std::size_t kSpentMax = 24'000;
// A regex that reads on (PatternCodes) may read the rest of the text from every place where it
// begins. In a text that says its words again and again it may begin only in the first part: where
// the first occurrences make no match, the next hardly ever do. Of 66,535 reference questions one
// has more repeats than these.
constexpr std::size_t kRepeatsFree = 64, kStartsMin = 64;               // Words, bytes.
constexpr std::size_t kStackStart = 32 * 1024, kStackMax = 256 * 1024;  // Bytes.
constexpr std::size_t kScannedMax = kTextMax;
constexpr std::uint32_t kGroupsMax = 32;  // No regex of the lists has more.

}  // namespace

Candidates::Candidates(std::size_t patterns)
    : count_(patterns),
      words_(std::make_unique<std::uint64_t[]>((patterns + 63) / 64)),
      again_(std::make_unique<std::uint64_t[]>((patterns + 63) / 64)) {}

void Candidates::clear() {
  std::fill_n(words_.get(), (count_ + 63) / 64, 0);
  std::fill_n(again_.get(), (count_ + 63) / 64, 0);
}

void Candidates::add_all() {
  std::fill_n(words_.get(), (count_ + 63) / 64, ~std::uint64_t{0});
}

std::uint32_t Candidates::next(std::uint32_t index, std::uint32_t end) const {
  while (index < end) {
    const std::uint64_t rest = words_[index / 64] >> (index % 64);
    if (rest != 0) {
      return std::min(end, index + static_cast<std::uint32_t>(std::countr_zero(rest)));
    }
    index = (index / 64 + 1) * 64;
  }
  return end;
}

struct Matcher::Tools {
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  pcre2_jit_stack* stack = nullptr;
  std::array<char, kScannedMax + WordIndex::kPadding> lower;

  ~Tools() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

Matcher::Matcher(const Database& database, const PatternCodes& codes, Prefilter prefilter)
    : database_(database),
      codes_(codes),
      prefilter_(prefilter),
      tools_(std::make_unique<Tools>()) {}

Matcher::~Matcher() = default;

Result<std::unique_ptr<Matcher>> Matcher::create(const Database& database,
                                                 const PatternCodes& codes, Prefilter prefilter) {
  std::unique_ptr<Matcher> matcher(new Matcher(database, codes, prefilter));
  Tools& tools = *matcher->tools_;
  tools.data = pcre2_match_data_create(kGroupsMax, nullptr);
  tools.context = pcre2_match_context_create(nullptr);
  tools.stack = pcre2_jit_stack_create(kStackStart, kStackMax, nullptr);
  if (tools.data == nullptr || tools.context == nullptr || tools.stack == nullptr) {
    return fail(ErrorCode::kUnavailable, "PCRE2 finds no memory");
  }
  pcre2_set_match_limit(tools.context, kMatchLimit);
  pcre2_jit_stack_assign(tools.context, nullptr, tools.stack);
  return matcher;
}

void Matcher::scan(std::string_view text, std::span<const PatternSet> sets,
                   std::span<Candidates> into) {
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (prefilter_ == Prefilter::kAll) {
      into[i].add_all();
      continue;
    }
    into[i].clear();
    for (const PatternId id : database_.records<PatternId>(Section::kAlwaysCandidates)
                                  .subspan(sets[i].always.first, sets[i].always.count)) {
      into[i].add(id - sets[i].patterns.first);
    }
  }
  if (prefilter_ == Prefilter::kAll) return;
  char* const lower = tools_->lower.data();
  const std::size_t size = std::min(text.size(), kScannedMax);
  for (std::size_t i = 0; i < size; ++i) lower[i] = ascii_lower(text[i]);
  std::fill_n(lower + size, WordIndex::kPadding, '\0');
  const WordIndex words(database_,
                        database_.records<WordTable>(Section::kWordTables)[sets[0].table]);
  repeats_ = 0;
  words.scan({lower, size}, [this, into](const Word& word) {
    if (into[word.set].add(word.index)) ++repeats_;
  });
}

void Matcher::begin() {
  left_ = prefilter_ == Prefilter::kWords ? kSpentMax : SIZE_MAX;
}

bool Matcher::matches(PatternId id, std::string_view text, bool found_again) {
  if (left_ < text.size()) return false;
  left_ -= text.size();
  pcre2_set_offset_limit(tools_->context,
                         found_again && repeats_ > kRepeatsFree
                             ? std::max(kStartsMin, text.size() * kRepeatsFree / repeats_)
                             : PCRE2_UNSET);
  const pcre2_code* code = codes_.get(id);
  if (code == nullptr) return false;
  const int count = pcre2_jit_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                                    0, tools_->data, tools_->context);
  if (count <= 0) return false;
  captures_ = {pcre2_get_ovector_pointer(tools_->data), count, text};
  return true;
}

}  // namespace rs::device
