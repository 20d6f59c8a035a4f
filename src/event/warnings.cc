#include "event/warnings.h"

namespace rs::event {

void Warnings::add(const ProblemKind& kind, const Path* path, std::string_view input) {
  if (list_.size() == kMax) return;
  Problem& warning = list_.emplace_back(make_problem(kind, input));
  add_path(warning, path);
}

}  // namespace rs::event
