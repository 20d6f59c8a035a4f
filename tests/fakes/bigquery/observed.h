#pragma once
// What the fake saw and did: counts, and the requests one by one. Thread-safe.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "fakes/bigquery/fake_bigquery.h"

namespace rs::fakes {

class Observed {
 public:
  // `change` runs under the lock: keep it short.
  template <class Change>
  void count(Change&& change) {
    const MutexLock lock(mutex_);
    change(stats_);
    changed_.notify_all();  // Under the lock: who waits for it may then destroy this.
  }
  void add(SeenRequest request);
  // The newest writer schema of a stream, as JSON of its DescriptorProto.
  void set_writer_schema(const std::string& stream, std::string json);

  [[nodiscard]] FakeBigQueryStats stats() const;  // Without the faults.
  [[nodiscard]] std::vector<SeenRequest> requests() const;
  [[nodiscard]] std::map<std::string, std::string> writer_schemas() const;  // By stream.
  [[nodiscard]] bool wait_for(const std::function<bool(const FakeBigQueryStats&)>& holds,
                              std::chrono::milliseconds limit) const;

 private:
  static constexpr std::size_t kRequestsMax = 100'000;

  mutable Mutex mutex_;
  mutable CondVar changed_;
  FakeBigQueryStats stats_ GUARDED_BY(mutex_);
  std::deque<SeenRequest> requests_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> writer_schemas_ GUARDED_BY(mutex_);
};

}  // namespace rs::fakes
