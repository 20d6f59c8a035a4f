#pragma once
// Access tokens the fake has handed out, and which it takes: those, while they live, and
// self-signed JWTs that are in date and meant for BigQuery. Signatures are not verified.
// Thread-safe.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace rs::fakes {

class Tokens {
 public:
  explicit Tokens(std::chrono::seconds lifetime) : lifetime_(lifetime) {}

  [[nodiscard]] std::string issue();
  [[nodiscard]] std::chrono::seconds lifetime() const { return lifetime_; }
  // None that was handed out so far is good any more.
  void expire();
  // What is wrong with an Authorization header, or "".
  [[nodiscard]] std::string problem(std::string_view authorization) const;

 private:
  const std::chrono::seconds lifetime_;
  mutable Mutex mutex_;
  std::uint64_t count_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::int64_t, std::less<>> expiry_
      GUARDED_BY(mutex_);  // Seconds since 1970.
};

}  // namespace rs::fakes
