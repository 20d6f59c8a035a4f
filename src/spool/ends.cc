#include "spool/ends.h"

#include "spool/segment_header.h"

namespace rs::spool {

void Ends::learn(const End& end) {
  if (!end.is_known()) return;
  End& known = ends_[end.at.segment];
  const bool is_better =
      !known.is_known() || (known.at_least && (!end.at_least || end.at > known.at));
  if (is_better) known = end;
}

End Ends::of(std::uint64_t segment) const {
  const auto found = ends_.find(segment);
  return found == ends_.end() ? End{} : found->second;
}

bool Ends::holds_rows(const End& end) {
  return end.at.offset > kSegmentHeaderBytes;
}

}  // namespace rs::spool
