#include "obs/prometheus.h"

#include <iterator>

#include <fmt/format.h>

namespace rs::obs {

void PrometheusText::family(std::string_view name, Type type, std::string_view help) {
  static constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"};
  name_ = fmt::format("real_streaming_{}", name);
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name_, help, name_,
                 kTypes[static_cast<int>(type)]);
}

void PrometheusText::line(std::string_view suffix, std::string_view labels) {
  text_.append(name_).append(suffix);
  if (!labels.empty()) text_.append("{").append(labels).append("}");
  text_ += ' ';
}

void PrometheusText::sample(std::uint64_t value, std::string_view labels) {
  line("", labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::sample(double value, std::string_view labels) {
  line("", labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::histogram(const HistogramSnapshot& snapshot, double unit) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i + 1 < HistogramSnapshot::kBuckets; ++i) {
    below += snapshot.buckets[i];
    // Whole numbers: "below 2^i" is "at most 2^i - 1".
    const double bound = (static_cast<double>(std::uint64_t{1} << i) - 1) * unit;
    line("_bucket", fmt::format("le=\"{:.10g}\"", bound));
    fmt::format_to(std::back_inserter(text_), "{}\n", below);
  }
  line("_bucket", "le=\"+Inf\"");
  fmt::format_to(std::back_inserter(text_), "{}\n", snapshot.count());
  line("_sum", "");
  fmt::format_to(std::back_inserter(text_), "{}\n", static_cast<double>(snapshot.sum) * unit);
  line("_count", "");
  fmt::format_to(std::back_inserter(text_), "{}\n", snapshot.count());
}

}  // namespace rs::obs
