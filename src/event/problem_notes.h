#pragma once
// What is wrong with a body, noted while it is read and put into words only when the body is
// refused: a note costs a few ns, so that no body is expensive to refuse.
// Notes stand in groups, one for each top-level key: a repeated key takes back what its earlier
// value did wrong. A group keeps kProblemsMax notes and counts the others.
// Not thread-safe. Notes are views into the body and the parser's memory.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "event/problem.h"

namespace rs::event {

class ProblemNotes {
 public:
  static constexpr std::size_t kGroups = 24;

  void clear();

  // What follows is about the value of top-level key number `group`, and replaces what was noted
  // about an earlier value of it.
  void begin(std::size_t group) {
    group_ = group;
    if (groups_[group].count == 0) return;
    groups_[group].count = 0;
    groups_[group].notes.clear();
  }

  // The value at `path`, from byte `start` of the body to the token at `end`, is wrong. `limit`
  // belongs to kLongList and outlives the notes.
  void add(const ProblemKind& kind, const Path* path, std::size_t start, std::size_t end,
           const ListLimit* limit = nullptr);

  [[nodiscard]] bool empty() const;

  // Appends the first kProblemsMax of those noted, in their order.
  void describe(std::string_view body, std::vector<Problem>& out) const;

 private:
  struct Step {
    const char* key;  // Null for an index.
    std::size_t size_or_index;
  };
  // 12, items, 7, item_params, 3, value, int_value: in a list of events.
  static constexpr std::size_t kStepsMax = 7;
  struct Note {
    const ProblemKind* kind;
    const ListLimit* limit;
    std::size_t number, start, end, steps;  // Notes are numbered in their order.
    std::array<Step, kStepsMax> path;       // From the value up.
  };
  struct Group {
    std::size_t count = 0;  // Notes and those that were not kept.
    std::vector<Note> notes;
  };
  static Problem in_words(const Note& note, std::string_view body);

  std::array<Group, kGroups> groups_;
  std::size_t group_ = 0, noted_ = 0;
};

}  // namespace rs::event
