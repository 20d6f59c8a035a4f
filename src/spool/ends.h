#pragma once
// Where the rows of segments end, as far as the last process has said so: in the header of the
// segment behind each, and for the last one in the mark beside them (the file `end`).
// What is missing before such an end was kept and is lost. Not thread-safe.

#include <cstdint>
#include <map>
#include <vector>

#include "spool/position.h"

namespace rs::spool {

class Ends {
 public:
  void learn(const End& end);

  // Not known when nothing was learnt of that segment.
  [[nodiscard]] End of(std::uint64_t segment) const;

  // Of the segments with rows behind `delivered` for which `is_there(segment)` is false.
  template <class IsThere>
  [[nodiscard]] std::vector<End> missing(Position delivered, IsThere&& is_there) const {
    std::vector<End> missing;
    for (const auto& [segment, end] : ends_) {
      if (end.at > delivered && holds_rows(end) && !is_there(segment)) missing.push_back(end);
    }
    return missing;
  }

 private:
  static bool holds_rows(const End& end);

  std::map<std::uint64_t, End> ends_;
};

}  // namespace rs::spool
