#include "event/problem_notes.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace rs::event {

void ProblemNotes::clear() {
  if (noted_ == 0) return;
  for (auto& group : groups_) {
    group.count = 0;
    group.notes.clear();
  }
  group_ = noted_ = 0;
}

void ProblemNotes::add(const ProblemKind& kind, const Path* path, std::size_t start,
                       std::size_t end, const ListLimit* limit) {
  Group& group = groups_[group_];
  ++group.count;
  if (group.notes.size() == kProblemsMax) return;
  Note& note = group.notes.emplace_back();
  note.kind = &kind;
  note.limit = limit;
  note.number = noted_++;
  note.start = start;
  note.end = end;
  for (note.steps = 0; path != nullptr; path = path->parent) {
    assert(note.steps < kStepsMax);
    note.path[note.steps++] = path->key.data() != nullptr ? Step{path->key.data(), path->key.size()}
                                                          : Step{nullptr, path->index};
  }
}

bool ProblemNotes::empty() const {
  return noted_ == 0 || std::all_of(groups_.begin(), groups_.end(),
                                    [](const Group& group) { return group.count == 0; });
}

Problem ProblemNotes::in_words(const Note& note, std::string_view body) {
  std::string_view input = body.substr(note.start, note.end - note.start);
  while (input.size() > 1 &&
         std::string_view(" \n\r\t").find(input.back()) != std::string_view::npos)
    input.remove_suffix(1);
  Problem out =
      note.limit != nullptr ? too_long(*note.limit, input) : make_problem(*note.kind, input);
  for (std::size_t i = note.steps; i-- > 0;) {
    const Step& step = note.path[i];
    if (step.key != nullptr) {
      out.loc.emplace_back(std::string(utf8_prefix({step.key, step.size_or_index}, kInputMax)));
    } else {
      out.loc.emplace_back(step.size_or_index);
    }
  }
  return out;
}

void ProblemNotes::describe(std::string_view body, std::vector<Problem>& out) const {
  if (empty()) return;
  std::vector<const Note*> notes;
  for (const auto& group : groups_) {
    for (const auto& note : group.notes) notes.push_back(&note);
  }
  std::sort(notes.begin(), notes.end(),
            [](const Note* a, const Note* b) { return a->number < b->number; });
  if (notes.size() > kProblemsMax) notes.resize(kProblemsMax);
  for (const Note* note : notes) out.push_back(in_words(*note, body));
}

}  // namespace rs::event
