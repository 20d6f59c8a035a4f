#include "http/head_scan.h"

#include <bit>
#include <vector>

#include "http/characters.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rs::http {
namespace {

// What 64 bytes are, a bit each.
struct Block {
  std::uint64_t not_token = 0, not_visible = 0, carriage_return = 0, line_feed = 0;
  std::uint64_t forbidden = 0;  // Control characters other than HTAB, CR and LF.
};

// Puts the blocks together. Inlined into every kernel, so that each is compiled for its target.
class Fold {
 public:
  // True when the scan is over and result() says how.
  [[gnu::always_inline]] bool step(const Block& block, std::size_t at, std::size_t size,
                                   HeadScan& out) {
    out.not_token[at / 64] = block.not_token;
    out.not_visible[at / 64] = block.not_visible;
    out.line_end[at / 64] = block.carriage_return;
    const std::size_t left = size - at;
    std::uint64_t present = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    const std::uint64_t after_return = block.carriage_return << 1 | returns_before_;
    // An LF two bytes after another, and each with its CR (checked below), is an empty line.
    const std::uint64_t ends = block.line_feed & (block.line_feed << 2 | feeds_before_) & present;
    if (ends != 0) present = ends ^ (ends - 1);
    if (((block.forbidden | (after_return ^ block.line_feed)) & present) != 0) {
      result_ = {ScanStatus::kBad, 0};
      return true;
    }
    if (ends != 0) {
      const auto end = static_cast<std::size_t>(std::countr_zero(ends));
      result_ = {ScanStatus::kComplete, at + end + 1};
      return true;
    }
    returns_before_ = block.carriage_return >> 63;
    feeds_before_ = block.line_feed >> 62;
    return false;
  }
  [[nodiscard]] Scanned result() const { return result_; }

 private:
  std::uint64_t returns_before_ = 0, feeds_before_ = 0;
  Scanned result_{ScanStatus::kIncomplete, 0};
};

Scanned scan_plain(const char* bytes, std::size_t size, HeadScan& out) {
  Fold fold;
  for (std::size_t at = 0; at < size; at += 64) {
    Block block;
    for (std::size_t i = 0; i < 64 && at + i < size; ++i) {
      const char c = bytes[at + i];
      const std::uint64_t bit = std::uint64_t{1} << i;
      if (!is_token(c)) block.not_token |= bit;
      if (!is_visible(c)) block.not_visible |= bit;
      if (c == '\r') block.carriage_return |= bit;
      if (c == '\n') block.line_feed |= bit;
      if (is_control(c) && c != '\t' && c != '\r' && c != '\n') block.forbidden |= bit;
    }
    if (fold.step(block, at, size, out)) break;
  }
  return fold.result();
}

#if defined(__x86_64__)

// A byte is a tchar when the bit of its high half is set in the entry of its low half.
struct TokenTable {
  alignas(16) std::array<std::uint8_t, 16> by_low{};
  alignas(16) std::array<std::uint8_t, 16> by_high{};
};

constexpr TokenTable make_token_table() {
  TokenTable table;
  for (unsigned c = 0; c < 128; ++c) {
    if (is_token(static_cast<char>(c))) {
      table.by_low[c % 16] = static_cast<std::uint8_t>(table.by_low[c % 16] | 1U << (c / 16));
    }
  }
  for (unsigned high = 0; high < 8; ++high) {
    table.by_high[high] = static_cast<std::uint8_t>(1U << high);
  }
  return table;
}
constexpr TokenTable kTokenTable = make_token_table();

// 32 bytes; the results are shifted into place by the caller.
struct Half {
  std::uint64_t not_token, not_visible, carriage_return, line_feed, forbidden;
};

[[gnu::target("avx2"), gnu::always_inline]] inline Half classify_avx2(const char* bytes) {
  const auto mask = [](__m256i v) __attribute__((target("avx2"), always_inline)) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(v)));
  };
  const __m256i low_nibble = _mm256_set1_epi8(0x0f);
  const __m256i by_low = _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(kTokenTable.by_low.data())));
  const __m256i by_high = _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(kTokenTable.by_high.data())));
  const __m256i input = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));

  const __m256i low = _mm256_and_si256(input, low_nibble);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(input, 4), low_nibble);
  const __m256i token =
      _mm256_and_si256(_mm256_shuffle_epi8(by_low, low), _mm256_shuffle_epi8(by_high, high));
  const __m256i rubout = _mm256_cmpeq_epi8(input, _mm256_set1_epi8(0x7f));
  // Signed: bytes above 0x7f are negative and count as not visible.
  const __m256i visible =
      _mm256_andnot_si256(rubout, _mm256_cmpgt_epi8(input, _mm256_set1_epi8(0x20)));
  const __m256i is_return = _mm256_cmpeq_epi8(input, _mm256_set1_epi8('\r'));
  const __m256i is_feed = _mm256_cmpeq_epi8(input, _mm256_set1_epi8('\n'));
  const __m256i is_tab = _mm256_cmpeq_epi8(input, _mm256_set1_epi8('\t'));
  const __m256i control = _mm256_or_si256(
      rubout, _mm256_cmpeq_epi8(_mm256_min_epu8(input, _mm256_set1_epi8(0x1f)), input));
  const __m256i allowed = _mm256_or_si256(is_tab, _mm256_or_si256(is_return, is_feed));
  return {mask(_mm256_cmpeq_epi8(token, _mm256_setzero_si256())), mask(visible) ^ 0xffffffffU,
          mask(is_return), mask(is_feed), mask(_mm256_andnot_si256(allowed, control))};
}

[[gnu::target("avx2")]] Scanned scan_avx2(const char* bytes, std::size_t size, HeadScan& out) {
  Fold fold;
  for (std::size_t at = 0; at < size; at += 64) {
    const Half a = classify_avx2(bytes + at), b = classify_avx2(bytes + at + 32);
    const Block block{a.not_token | b.not_token << 32, a.not_visible | b.not_visible << 32,
                      a.carriage_return | b.carriage_return << 32, a.line_feed | b.line_feed << 32,
                      a.forbidden | b.forbidden << 32};
    if (fold.step(block, at, size, out)) break;
  }
  return fold.result();
}

// As classify_avx2, 16 bytes. SSSE3's shuffle is all it needs beyond the x86-64 baseline.
[[gnu::target("sse4.2"), gnu::always_inline]] inline Half classify_sse42(const char* bytes) {
  const auto mask = [](__m128i v) __attribute__((target("sse4.2"), always_inline)) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(v)));
  };
  const __m128i low_nibble = _mm_set1_epi8(0x0f);
  const auto* low_table = reinterpret_cast<const __m128i*>(kTokenTable.by_low.data());
  const auto* high_table = reinterpret_cast<const __m128i*>(kTokenTable.by_high.data());
  const __m128i input = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));

  const __m128i low = _mm_and_si128(input, low_nibble);
  const __m128i high = _mm_and_si128(_mm_srli_epi16(input, 4), low_nibble);
  const __m128i token = _mm_and_si128(_mm_shuffle_epi8(_mm_load_si128(low_table), low),
                                      _mm_shuffle_epi8(_mm_load_si128(high_table), high));
  const __m128i rubout = _mm_cmpeq_epi8(input, _mm_set1_epi8(0x7f));
  const __m128i visible = _mm_andnot_si128(rubout, _mm_cmpgt_epi8(input, _mm_set1_epi8(0x20)));
  const __m128i is_return = _mm_cmpeq_epi8(input, _mm_set1_epi8('\r'));
  const __m128i is_feed = _mm_cmpeq_epi8(input, _mm_set1_epi8('\n'));
  const __m128i is_tab = _mm_cmpeq_epi8(input, _mm_set1_epi8('\t'));
  const __m128i control =
      _mm_or_si128(rubout, _mm_cmpeq_epi8(_mm_min_epu8(input, _mm_set1_epi8(0x1f)), input));
  const __m128i allowed = _mm_or_si128(is_tab, _mm_or_si128(is_return, is_feed));
  return {mask(_mm_cmpeq_epi8(token, _mm_setzero_si128())), mask(visible) ^ 0xffffU,
          mask(is_return), mask(is_feed), mask(_mm_andnot_si128(allowed, control))};
}

[[gnu::target("sse4.2")]] Scanned scan_sse42(const char* bytes, std::size_t size, HeadScan& out) {
  Fold fold;
  for (std::size_t at = 0; at < size; at += 64) {
    Block block;
    for (unsigned shift = 0; shift < 64; shift += 16) {
      const Half part = classify_sse42(bytes + at + shift);
      block.not_token |= part.not_token << shift;
      block.not_visible |= part.not_visible << shift;
      block.carriage_return |= part.carriage_return << shift;
      block.line_feed |= part.line_feed << shift;
      block.forbidden |= part.forbidden << shift;
    }
    if (fold.step(block, at, size, out)) break;
  }
  return fold.result();
}

#endif  // defined(__x86_64__)

std::vector<NamedKernel> find_kernels() {
  std::vector<NamedKernel> kernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) kernels.push_back({"avx2", scan_avx2});
  if (__builtin_cpu_supports("sse4.2")) kernels.push_back({"sse4.2", scan_sse42});
#endif
  kernels.push_back({"plain", scan_plain});
  return kernels;
}

}  // namespace

std::span<const NamedKernel> scan_kernels() {
  static const std::vector<NamedKernel> kernels = find_kernels();
  return kernels;
}

}  // namespace rs::http
