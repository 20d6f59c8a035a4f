#include <gtest/gtest.h>

#include "obs/counter.h"
#include "obs/prometheus.h"

namespace rs::obs {
namespace {

TEST(Histogram, PutsAValueIntoTheBucketItIsBelow) {
  Histogram histogram;
  for (const std::uint64_t value : {0u, 1u, 3u, 4u}) histogram.record(value);
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.buckets[0], 1u);
  EXPECT_EQ(snapshot.buckets[1], 1u);
  EXPECT_EQ(snapshot.buckets[2], 1u);
  EXPECT_EQ(snapshot.buckets[3], 1u);
  EXPECT_EQ(snapshot.sum, 8u);
}

TEST(PrometheusText, WritesHelpTypeAndSamples) {
  PrometheusText page;
  page.family("events_refused_total", PrometheusText::Type::kCounter, "Events refused.");
  page.sample(std::uint64_t{3}, "reason=\"queue_full\"");
  EXPECT_EQ(page.text(),
            "# HELP real_streaming_events_refused_total Events refused.\n"
            "# TYPE real_streaming_events_refused_total counter\n"
            "real_streaming_events_refused_total{reason=\"queue_full\"} 3\n");
}

TEST(PrometheusText, WritesCumulativeBuckets) {
  Histogram histogram;
  histogram.record(1);
  histogram.record(1'000'000);
  PrometheusText page;
  page.family("x_seconds", PrometheusText::Type::kHistogram, "X.");
  page.histogram(histogram.snapshot(), 1e-6);
  EXPECT_NE(page.text().find("real_streaming_x_seconds_bucket{le=\"1e-06\"} 1\n"),
            std::string::npos);
  EXPECT_NE(page.text().find("real_streaming_x_seconds_bucket{le=\"+Inf\"} 2\n"),
            std::string::npos);
  EXPECT_NE(page.text().find("real_streaming_x_seconds_count 2\n"), std::string::npos);
}

}  // namespace
}  // namespace rs::obs
