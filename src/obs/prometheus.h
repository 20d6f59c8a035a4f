#pragma once
// Writes the Prometheus text format, version 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats). Names are
// `real_streaming_<noun>_<unit>[_total]`; the prefix is added here. Call family() once per metric,
// then sample() for each label set. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "obs/counter.h"

namespace rs::obs {

class PrometheusText {
 public:
  enum class Type { kCounter, kGauge, kHistogram };

  void family(std::string_view name, Type type, std::string_view help);
  // `labels` is written as it is, such as `reason="queue_full"`; empty for none.
  void sample(std::uint64_t value, std::string_view labels = {});
  void sample(double value, std::string_view labels = {});
  // Buckets, _sum and _count of the family last begun. `unit` turns a recorded value into the
  // family's unit: 1e-6 for microseconds shown as seconds.
  void histogram(const HistogramSnapshot& snapshot, double unit);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, std::string_view labels);

  std::string text_;
  std::string name_;
};

}  // namespace rs::obs
