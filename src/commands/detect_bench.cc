#include "commands/detect_bench.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>

#include <fmt/core.h>

#include "device/cached_detector.h"
#include "device/json_lines.h"

namespace rs::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPasses = 5;
// A cached answer is too short for the clock: so many are asked for at once.
constexpr int kRepeats = 64;

double micros_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

struct Asked {
  std::unique_ptr<device::QuestionReader> reader;  // Holds the texts.
  double best = std::numeric_limits<double>::infinity();
};

void print_times(std::string_view name, std::vector<double> times, std::FILE* out) {
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  const double mean =
      std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  fmt::print(out,
             "{:<9} p50 {:8.3f} us   p95 {:8.3f} us   p99 {:8.3f} us   max {:8.3f} us   mean "
             "{:8.3f} us\n",
             name, at(0.5), at(0.95), at(0.99), times.back(), mean);
}

std::vector<double> best_times(const std::vector<Asked>& questions) {
  std::vector<double> times;
  for (const Asked& asked : questions) times.push_back(asked.best);
  return times;
}

// The best of the passes: what the machine's other work adds is not ours.
void time_uncached(device::Detector& detector, std::vector<Asked>& questions) {
  for (int pass = 0; pass < kPasses; ++pass) {
    for (Asked& asked : questions) {
      const auto start = Clock::now();
      (void)detector.detect(asked.reader->user_agent(), asked.reader->hints());
      asked.best = std::min(asked.best, micros_since(start));
    }
  }
}

void time_cached(device::CachedDetector& detector, std::vector<Asked>& questions) {
  for (Asked& asked : questions) {
    const device::Question question = asked.reader->question();
    asked.best = std::numeric_limits<double>::infinity();
    (void)detector.detect(question);
    for (int pass = 0; pass < kPasses; ++pass) {
      const auto start = Clock::now();
      for (int i = 0; i < kRepeats; ++i) (void)detector.detect(question);
      asked.best = std::min(asked.best, micros_since(start) / kRepeats);
    }
  }
}

}  // namespace

Result<void> bench_detection(const device::DeviceData& data, const std::vector<std::string>& lines,
                             std::FILE* out) {
  std::vector<Asked> questions;
  for (const auto& line : lines) {
    auto reader = std::make_unique<device::QuestionReader>();
    if (auto read = reader->read(line); !read) return read;
    questions.push_back({std::move(reader)});
  }
  if (questions.empty()) return fail(ErrorCode::kInvalidInput, "there is nothing to time");
  RS_TRY(const auto detector, device::Detector::create(data));
  time_uncached(*detector, questions);
  fmt::print(out, "{} user agents, best of {} passes, one thread\n", questions.size(), kPasses);
  print_times("uncached", best_times(questions), out);
  RS_TRY(const auto cached, device::CachedDetector::create(data, 8192));
  time_cached(*cached, questions);
  print_times("cached", best_times(questions), out);
  return {};
}

}  // namespace rs::commands
