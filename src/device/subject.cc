#include "device/subject.h"

#include <algorithm>

namespace rs::device {
namespace {

// Sets of lists come before sets of one brand's models.
std::size_t count_list_sets(const Database& database) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < kListCount; ++i) {
    const ListRecord& list = database.list(static_cast<List>(i));
    if (list.set != kNoSet) count = std::max<std::size_t>(count, list.set + 1);
  }
  return count;
}

std::size_t largest_set(std::span<const PatternSet> sets) {
  std::size_t largest = 0;
  for (const PatternSet& set : sets) largest = std::max<std::size_t>(largest, set.patterns.count);
  return largest;
}

}  // namespace

Subject::Subject(const Database& database, Matcher& matcher)
    : database_(database),
      matcher_(matcher),
      text_(""),
      model_candidates_(largest_set(database.sets().subspan(count_list_sets(database)))) {
  for (const PatternSet& set : database.sets().first(count_list_sets(database))) {
    candidates_.emplace_back(set.patterns.count);
  }
}

std::uint32_t Subject::first(List list) {
  return first(list, {0, database_.list(list).patterns.count});
}

const Candidates& Subject::candidates_of(std::uint32_t set) {
  if (!is_scanned_) matcher_.scan(text_, database_.sets().first(candidates_.size()), candidates_);
  is_scanned_ = true;
  return candidates_[set];
}

std::uint32_t Subject::first(List list, Range among) {
  const ListRecord& record = database_.list(list);
  const auto found =
      first_among(candidates_of(record.set), database_.set(record.set).patterns.first,
                  {record.patterns.first + among.first, among.count});
  return found == kNoMatch ? kNoMatch : found - record.patterns.first;
}

bool Subject::matches(Heuristic heuristic) {
  return first(List::kHeuristics, {static_cast<std::uint32_t>(heuristic), 1}) != kNoMatch;
}

std::uint32_t Subject::first_model(const Brand& brand) {
  const PatternId start = database_.list(List::kModels).patterns.first + brand.models.first;
  if (brand.set == kNoSet) {
    for (std::uint32_t i = 0; i < brand.models.count; ++i) {
      if (matcher_.matches(start + i, text_)) return i;
    }
    return kNoMatch;
  }
  const PatternSet& set = database_.set(brand.set);
  matcher_.scan(text_, {&set, 1}, {&model_candidates_, 1});
  const auto found =
      first_among(model_candidates_, set.patterns.first, {start, brand.models.count});
  return found == kNoMatch ? kNoMatch : found - start;
}

std::uint32_t Subject::first_among(const Candidates& candidates, PatternId set_first,
                                   Range patterns) {
  const std::uint32_t end = patterns.first + patterns.count - set_first;
  std::uint32_t index = candidates.next(patterns.first - set_first, end);
  for (; index < end; index = candidates.next(index + 1, end)) {
    if (matcher_.matches(set_first + index, text_, candidates.was_found_again(index))) {
      return set_first + index;
    }
  }
  return kNoMatch;
}

}  // namespace rs::device
