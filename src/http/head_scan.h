#pragma once
// First stage of reading a request head: which of its bytes are what, 64 at a time, as bit masks.
//   bytes --scan--> masks --parse_head--> Request
// It finds the empty line that ends the head and refuses every control character but HTAB, CR
// without LF and LF without CR on the way. The kernels (AVX2, SSE4.2, plain C++) give the same
// results, which tests and a fuzzer compare. The split follows simdjson's two stages
// (arxiv.org/abs/1902.08318).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rs::http {

// The most that RUN__MAX_HEAD_BYTES can be; Head::bytes_max is the one that holds.
inline constexpr std::size_t kHeadBytesMost = 256 * 1024;

// Bit i of word i/64 speaks of byte i. Bits behind the end of the head mean nothing, and none does
// unless the scan was complete.
struct HeadScan {
  // A cache line more, so that the masks of one place do not compete for the same lines.
  using Mask = std::array<std::uint64_t, kHeadBytesMost / 64 + 8>;
  Mask not_token;   // Not a tchar (RFC 9110, section 5.6.2).
  Mask not_target;  // Not visible ASCII, or '#'. In the first line only.
  Mask line_end;    // CR; an LF follows.
};

// The first set bit at or after `from`; there must be one.
[[nodiscard]] inline std::size_t next_bit(const HeadScan::Mask& mask, std::size_t from) {
  std::size_t word = from / 64;
  if (const std::uint64_t bits = mask[word] >> (from % 64); bits != 0) {
    return from + static_cast<std::size_t>(__builtin_ctzll(bits));
  }
  do ++word;
  while (mask[word] == 0);
  return word * 64 + static_cast<std::size_t>(__builtin_ctzll(mask[word]));
}

enum class ScanStatus : std::uint8_t { kComplete, kIncomplete, kBad };

struct Scanned {
  ScanStatus status;
  std::size_t size;  // Of the head with its empty line, when complete.
  bool operator==(const Scanned&) const = default;
};

// `size` is at most kHeadBytesMost, and 64 readable bytes follow the last.
using ScanKernel = Scanned (*)(const char* bytes, std::size_t size, HeadScan& out);

struct NamedKernel {
  const char* name;
  ScanKernel scan;
};

// Those this processor can run, best first; the last is the plain one.
[[nodiscard]] std::span<const NamedKernel> scan_kernels();

}  // namespace rs::http
