#pragma once
// Counts rows and drops them: WRITERS__STRATEGY=discard, for measuring all that comes before a
// sink.

#include <atomic>
#include <cstdint>

#include "sink/sink.h"

namespace rs::sink {

class DiscardSink final : public Sink {
 public:
  [[nodiscard]] std::string_view name() const override { return "discard"; }
  [[nodiscard]] std::size_t window() const override { return 64; }
  Result<void> open() override { return {}; }
  void write(const row::Batch& batch, WriteDone done) override {
    rows_.fetch_add(batch.size(), std::memory_order_relaxed);
    done(std::vector<Rejected>{});
  }
  void close() override {}

  [[nodiscard]] std::uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> rows_{0};
};

}  // namespace rs::sink
