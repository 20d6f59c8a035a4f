#pragma once
// The faults that are to come, and which request meets which. Thread-safe.

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "fakes/bigquery/fault.h"

namespace rs::fakes {

class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed) : random_(seed) {}

  void add(Fault fault);
  void clear();
  // The fault this call meets; the oldest one, when there are several. It is counted.
  [[nodiscard]] std::optional<Fault> take(FaultPlace place, std::string_view subject);
  [[nodiscard]] std::map<std::string, std::uint64_t> done() const;

 private:
  struct Planned {
    Fault fault;
    std::uint64_t matched = 0, done = 0;
  };
  mutable Mutex mutex_;
  std::mt19937_64 random_ GUARDED_BY(mutex_);
  std::vector<Planned> planned_ GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t> done_ GUARDED_BY(mutex_);
};

}  // namespace rs::fakes
