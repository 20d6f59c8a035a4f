#pragma once
// Counters and histograms that cost one plain add on the thread that owns them.
// One thread writes (no locked instruction, no shared cache line when its owner is
// aligned); any thread reads. Several owners are added up when /metrics is asked for.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rs::obs {

class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// What a histogram held at one moment; can be added to another of the same unit.
struct HistogramSnapshot {
  // Bucket i counts values below 2^i (and not below 2^(i-1)); the last takes the rest.
  static constexpr std::size_t kBuckets = 32;
  std::array<std::uint64_t, kBuckets> buckets{};
  std::uint64_t sum = 0;

  void add(const HistogramSnapshot& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets[i] += other.buckets[i];
    sum += other.sum;
  }
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t total = 0;
    for (const auto bucket : buckets) total += bucket;
    return total;
  }
};

// Powers of two, in whatever unit the owner says (microseconds, rows, bytes).
class Histogram {
 public:
  void record(std::uint64_t value) {
    const auto width = static_cast<std::size_t>(std::bit_width(value));
    buckets_[width < HistogramSnapshot::kBuckets ? width : HistogramSnapshot::kBuckets - 1].add();
    sum_.add(value);
  }
  [[nodiscard]] HistogramSnapshot snapshot() const {
    HistogramSnapshot out;
    for (std::size_t i = 0; i < buckets_.size(); ++i) out.buckets[i] = buckets_[i].value();
    out.sum = sum_.value();
    return out;
  }

 private:
  std::array<Counter, HistogramSnapshot::kBuckets> buckets_;
  Counter sum_;
};

}  // namespace rs::obs
