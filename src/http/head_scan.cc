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
  std::uint64_t not_token = 0, not_target = 0, carriage_return = 0, line_feed = 0;
  std::uint64_t forbidden = 0;  // Control characters other than HTAB, CR and LF.
};

// Puts the blocks together. Inlined into every kernel, so that each is compiled for its target.
class Fold {
 public:
  explicit Fold(std::size_t size) : size_(size) {}

  // Whether Block::not_target is wanted for the next block.
  [[nodiscard]] bool in_first_line() const { return in_first_line_; }

  // True when the scan is over and result() says how.
  [[gnu::always_inline]] bool step(const Block& block, std::size_t at, HeadScan& out) {
    out.not_token[at / 64] = block.not_token;
    out.line_end[at / 64] = block.carriage_return;
    if (in_first_line_) {
      out.not_target[at / 64] = block.not_target;
      in_first_line_ = block.line_feed == 0;
    }
    const std::uint64_t after_return = block.carriage_return << 1 | returns_before_;
    const std::uint64_t faults = block.forbidden | (after_return ^ block.line_feed);
    // An LF two bytes after another, and each with its CR, is an empty line.
    const std::uint64_t ends = block.line_feed & (block.line_feed << 2 | feeds_before_);
    returns_before_ = block.carriage_return >> 63;
    feeds_before_ = block.line_feed >> 62;
    return (faults | ends) != 0 && judge(faults, ends, at);
  }
  [[nodiscard]] Scanned result() const { return result_; }

 private:
  // What lies behind the end of the head, or of the bytes, does not count.
  bool judge(std::uint64_t faults, std::uint64_t ends, std::size_t at) {
    const std::size_t left = size_ - at;
    std::uint64_t counted = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    ends &= counted;
    if (ends != 0) counted = ends ^ (ends - 1);
    if ((faults & counted) != 0) {
      result_ = {ScanStatus::kBad, 0};
    } else if (ends != 0) {
      result_ = {ScanStatus::kComplete, at + static_cast<std::size_t>(std::countr_zero(ends)) + 1};
    }
    return result_.status != ScanStatus::kIncomplete;
  }

  const std::size_t size_;
  bool in_first_line_ = true;
  std::uint64_t returns_before_ = 0, feeds_before_ = 0;
  Scanned result_{ScanStatus::kIncomplete, 0};
};

bool is_forbidden(char c) {
  return is_control(c) && c != '\t' && c != '\r' && c != '\n';
}

Scanned scan_plain(const char* bytes, std::size_t size, HeadScan& out) {
  Fold fold(size);
  for (std::size_t at = 0; at < size; at += 64) {
    Block block;
    for (std::size_t i = 0; i < 64 && at + i < size; ++i) {
      const char c = bytes[at + i];
      const std::uint64_t bit = std::uint64_t{1} << i;
      if (!is_token(c)) block.not_token |= bit;
      if (!is_visible(c) || c == '#') block.not_target |= bit;
      if (c == '\r') block.carriage_return |= bit;
      if (c == '\n') block.line_feed |= bit;
      if (is_forbidden(c)) block.forbidden |= bit;
    }
    if (fold.step(block, at, out)) break;
  }
  return fold.result();
}

#if defined(__x86_64__)

// Classes of bytes, looked up by their two halves: by_low[c % 16] & by_high[c / 16]. Bits 0 to 4
// mean tchar, 5 to 7 forbidden. Shuffles give 0 for bytes above 0x7f.
//   row 2    3    4    5    6          7    control characters  0, 1      1 (9 a d)  7f
//   bit 0    1    2    3    1 or 2     4                        7         6          5
struct ClassTable {
  alignas(16) std::array<std::uint8_t, 16> by_low{};
  alignas(16) std::array<std::uint8_t, 16> by_high{};
};
constexpr std::uint8_t kForbiddenBits = 0xe0;

constexpr ClassTable make_class_table() {
  ClassTable table;
  table.by_high = {0x80, 0xc0, 0x01, 0x02, 0x04, 0x08, 0x06, 0x30};
  constexpr std::array<unsigned, 5> kOwnRows = {2, 3, 4, 5, 7};  // Row 6 is all of 3 and 4.
  for (unsigned low = 0; low < 16; ++low) {
    unsigned bits = 0;
    for (unsigned bit = 0; bit < kOwnRows.size(); ++bit) {
      if (is_token(static_cast<char>(kOwnRows[bit] * 16 + low))) bits |= 1U << bit;
    }
    const bool is_allowed_control = low == 0x9 || low == 0xa || low == 0xd;
    bits |= is_allowed_control ? 0x40U : 0x80U;
    if (low == 0xf) bits |= 0x20U;
    table.by_low[low] = static_cast<std::uint8_t>(bits);
  }
  return table;
}
constexpr ClassTable kClasses = make_class_table();

[[gnu::target("avx2"), gnu::always_inline]] inline std::uint64_t bits_of(__m256i a, __m256i b) {
  const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(a));
  const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(b));
  return low | static_cast<std::uint64_t>(high) << 32;
}

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i classes_of(__m256i input, __m256i by_low,
                                                                      __m256i by_high) {
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(input, 4), _mm256_set1_epi8(0x0f));
  return _mm256_and_si256(_mm256_shuffle_epi8(by_low, input), _mm256_shuffle_epi8(by_high, high));
}

// Signed comparison: bytes above 0x7f are negative and count as not visible.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i target_bytes(__m256i input) {
  const __m256i visible = _mm256_cmpgt_epi8(input, _mm256_set1_epi8(0x20));
  const __m256i others = _mm256_or_si256(_mm256_cmpeq_epi8(input, _mm256_set1_epi8(0x7f)),
                                         _mm256_cmpeq_epi8(input, _mm256_set1_epi8('#')));
  return _mm256_andnot_si256(others, visible);
}

[[gnu::target("avx2")]] Scanned scan_avx2(const char* bytes, std::size_t size, HeadScan& out) {
  const __m256i by_low = _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(kClasses.by_low.data())));
  const __m256i by_high = _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(kClasses.by_high.data())));
  const __m256i zero = _mm256_setzero_si256();
  const __m256i is_forbidden = _mm256_set1_epi8(static_cast<char>(kForbiddenBits));
  const __m256i is_return = _mm256_set1_epi8('\r'), is_feed = _mm256_set1_epi8('\n');
  Fold fold(size);
  for (std::size_t at = 0; at < size; at += 64) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at + 32));
    const __m256i class_a = classes_of(a, by_low, by_high);
    const __m256i class_b = classes_of(b, by_low, by_high);
    Block block;
    block.not_token = ~bits_of(_mm256_cmpgt_epi8(class_a, zero), _mm256_cmpgt_epi8(class_b, zero));
    block.carriage_return =
        bits_of(_mm256_cmpeq_epi8(a, is_return), _mm256_cmpeq_epi8(b, is_return));
    block.line_feed = bits_of(_mm256_cmpeq_epi8(a, is_feed), _mm256_cmpeq_epi8(b, is_feed));
    if (fold.in_first_line()) block.not_target = ~bits_of(target_bytes(a), target_bytes(b));
    // Rare: where they are matters only if there are any.
    if (!_mm256_testz_si256(_mm256_or_si256(class_a, class_b), is_forbidden)) {
      const __m256i fine_a = _mm256_cmpeq_epi8(_mm256_and_si256(class_a, is_forbidden), zero);
      const __m256i fine_b = _mm256_cmpeq_epi8(_mm256_and_si256(class_b, is_forbidden), zero);
      block.forbidden = ~bits_of(fine_a, fine_b);
    }
    if (fold.step(block, at, out)) break;
  }
  return fold.result();
}

// As scan_avx2, 16 bytes at a time; SSSE3's shuffle is all it needs beyond the x86-64 baseline.
[[gnu::target("sse4.2"), gnu::always_inline]] inline Block classify_sse42(__m128i input,
                                                                          bool in_first_line) {
  const auto bits = [](__m128i v) __attribute__((target("sse4.2"))) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(v)));
  };
  const auto* low_table = reinterpret_cast<const __m128i*>(kClasses.by_low.data());
  const auto* high_table = reinterpret_cast<const __m128i*>(kClasses.by_high.data());
  const __m128i zero = _mm_setzero_si128();
  const __m128i high = _mm_and_si128(_mm_srli_epi16(input, 4), _mm_set1_epi8(0x0f));
  const __m128i classes = _mm_and_si128(_mm_shuffle_epi8(_mm_load_si128(low_table), input),
                                        _mm_shuffle_epi8(_mm_load_si128(high_table), high));
  const __m128i forbidden =
      _mm_and_si128(classes, _mm_set1_epi8(static_cast<char>(kForbiddenBits)));
  Block block;
  block.not_token = bits(_mm_cmpgt_epi8(classes, zero)) ^ 0xffff;
  block.carriage_return = bits(_mm_cmpeq_epi8(input, _mm_set1_epi8('\r')));
  block.line_feed = bits(_mm_cmpeq_epi8(input, _mm_set1_epi8('\n')));
  block.forbidden = bits(_mm_cmpeq_epi8(forbidden, zero)) ^ 0xffff;
  if (in_first_line) {
    const __m128i visible = _mm_cmpgt_epi8(input, _mm_set1_epi8(0x20));
    const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(input, _mm_set1_epi8(0x7f)),
                                        _mm_cmpeq_epi8(input, _mm_set1_epi8('#')));
    block.not_target = bits(_mm_andnot_si128(others, visible)) ^ 0xffff;
  }
  return block;
}

[[gnu::target("sse4.2")]] Scanned scan_sse42(const char* bytes, std::size_t size, HeadScan& out) {
  Fold fold(size);
  for (std::size_t at = 0; at < size; at += 64) {
    Block block;
    for (unsigned shift = 0; shift < 64; shift += 16) {
      const auto* input = reinterpret_cast<const __m128i*>(bytes + at + shift);
      const Block part = classify_sse42(_mm_loadu_si128(input), fold.in_first_line());
      block.not_token |= part.not_token << shift;
      block.not_target |= part.not_target << shift;
      block.carriage_return |= part.carriage_return << shift;
      block.line_feed |= part.line_feed << shift;
      block.forbidden |= part.forbidden << shift;
    }
    if (fold.step(block, at, out)) break;
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
