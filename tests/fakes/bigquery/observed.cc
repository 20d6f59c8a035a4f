#include "fakes/bigquery/observed.h"

#include <utility>

namespace rs::fakes {

void Observed::add(SeenRequest request) {
  const MutexLock lock(mutex_);
  if (requests_.size() == kRequestsMax) requests_.pop_front();
  requests_.push_back(std::move(request));
}

FakeBigQueryStats Observed::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

std::vector<SeenRequest> Observed::requests() const {
  const MutexLock lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

void Observed::set_writer_schema(const std::string& stream, std::string json) {
  const MutexLock lock(mutex_);
  writer_schemas_[stream] = std::move(json);
}

std::map<std::string, std::string> Observed::writer_schemas() const {
  const MutexLock lock(mutex_);
  return writer_schemas_;
}

bool Observed::wait_for(const std::function<bool(const FakeBigQueryStats&)>& holds,
                        std::chrono::milliseconds limit) const {
  const auto until = std::chrono::steady_clock::now() + limit;
  const MutexLock lock(mutex_);
  while (!holds(stats_)) {
    if (changed_.wait_until(mutex_, until) == std::cv_status::timeout) return holds(stats_);
  }
  return true;
}

}  // namespace rs::fakes
