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

inline constexpr std::size_t kHeadBytesMax = 16 * 1024;

// Bit i of word i/64 speaks of byte i. Bits behind the end of the head mean nothing.
struct HeadScan {
  static constexpr std::size_t kWords = kHeadBytesMax / 64;
  std::array<std::uint64_t, kWords> not_token;    // Not a tchar (RFC 9110, 5.6.2).
  std::array<std::uint64_t, kWords> not_visible;  // Blank, control character or above 0x7e.
  std::array<std::uint64_t, kWords> line_end;     // CR; an LF follows.
};

enum class ScanStatus : std::uint8_t { kComplete, kIncomplete, kBad };

struct Scanned {
  ScanStatus status;
  std::size_t size;  // Of the head with its empty line, when complete.
  bool operator==(const Scanned&) const = default;
};

// `size` is at most kHeadBytesMax, and 64 readable bytes follow the last.
using ScanKernel = Scanned (*)(const char* bytes, std::size_t size, HeadScan& out);

struct NamedKernel {
  const char* name;
  ScanKernel scan;
};

// Those this processor can run, best first; the last is the plain one.
[[nodiscard]] std::span<const NamedKernel> scan_kernels();

}  // namespace rs::http
