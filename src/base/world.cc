#include "base/world.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include <sys/random.h>

namespace rs {

std::int64_t RealWorld::now_micros() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::array<std::byte, 16> RealWorld::random16() {
  std::array<std::byte, 16> bytes;
  if (pool_.size() - used_ < bytes.size()) {
    std::size_t filled = 0;
    while (filled < pool_.size()) {
      const auto got = getrandom(pool_.data() + filled, pool_.size() - filled, 0);
      // Fails only on an interrupt before the kernel's pool is ready, or without the call at all.
      if (got < 0 && errno != EINTR) std::abort();
      if (got > 0) filled += static_cast<std::size_t>(got);
    }
    used_ = 0;
  }
  std::memcpy(bytes.data(), pool_.data() + used_, bytes.size());
  // An id that was handed out must not be found in memory again.
  std::memset(pool_.data() + used_, 0, bytes.size());
  used_ += bytes.size();
  return bytes;
}

}  // namespace rs
