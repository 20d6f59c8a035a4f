#include "fakes/bigquery/fault_plan.h"

#include <utility>

namespace rs::fakes {

void FaultPlan::add(Fault fault) {
  const MutexLock lock(mutex_);
  planned_.push_back({std::move(fault)});
}

void FaultPlan::clear() {
  const MutexLock lock(mutex_);
  planned_.clear();
}

std::optional<Fault> FaultPlan::take(FaultPlace place, std::string_view subject) {
  const MutexLock lock(mutex_);
  for (Planned& planned : planned_) {
    const Fault& fault = planned.fault;
    if (fault.place != place || subject.find(fault.match) == std::string_view::npos) continue;
    if (fault.times != 0 && planned.done == fault.times) continue;
    if (++planned.matched < fault.nth) continue;
    if (fault.probability < 1 &&
        std::uniform_real_distribution<>(0, 1)(random_) >= fault.probability)
      continue;
    ++planned.done;
    ++done_[fault.name];
    Fault out = fault;
    if (const auto at = out.message.find("%s"); at != std::string::npos)
      out.message.replace(at, 2, subject);
    return out;
  }
  return std::nullopt;
}

std::map<std::string, std::uint64_t> FaultPlan::done() const {
  const MutexLock lock(mutex_);
  return done_;
}

}  // namespace rs::fakes
