#pragma once
// Asks the processor for memory that will be needed a little later: a miss of its caches costs as
// much as hundreds of instructions. `memory` may have changed or gone by then; it is not null
// unless `bytes` is 0.

#include <cstddef>

namespace rs {

inline constexpr std::size_t kCacheLine = 64;

inline void fetch_to_read(const void* memory, std::size_t bytes) {
  const char* const start = static_cast<const char*>(memory);
  for (std::size_t i = 0; i < bytes; i += kCacheLine) __builtin_prefetch(start + i);
}

// Takes it away from the other processors too.
inline void fetch_to_write(const void* memory, std::size_t bytes) {
  const char* const start = static_cast<const char*>(memory);
  for (std::size_t i = 0; i < bytes; i += kCacheLine) __builtin_prefetch(start + i, 1);
}

}  // namespace rs
