#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "event/hostile_bodies.h"
#include "event/payload_parser.h"

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

// Counts for this test program, all that one delete takes back. Not inlined: the compiler would
// take malloc and delete for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace rs::event {
namespace {

constexpr std::size_t kSize =
    262'144;  // A quarter of what is allowed, so that the tests are quick.

// CPU seconds of this thread for the cheapest of three runs: what waits for a core does not count.
double cost(PayloadParser& parser, const HostileBody& body) {
  const auto now = [] {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
  };
  double least = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 3; ++run) {
    const double start = now();
    const auto* payload = parser.parse(body.body());
    least = std::min(least, now() - start);
    EXPECT_EQ(payload == nullptr, !parser.problems().empty()) << body.form;
  }
  return least;
}

// Wrong values are put into words once, at the end, and not more than kProblemsMax of them.
TEST(HostileBody, MakesTheParserAllocateForWhatItReportsOnly) {
  PayloadParser parser;
  for (const auto& body : hostile_bodies(kSize)) {
    std::ignore = parser.parse(body.body());  // Warm, as far as blocks are kept.
  }
  for (const auto& body : hostile_bodies(kSize)) {
    const std::size_t before = allocations;
    EXPECT_TRUE(parser.parse(body.body()) != nullptr || !parser.problems().empty());
    EXPECT_LT(allocations - before, 1'000u) << body.form << ": " << body.text.substr(0, 60);
    EXPECT_LE(parser.problems().size(), kProblemsMax);
  }
}

// With a list of problems that was searched for each key, bodies cost 12 to 18 times the dense one.
TEST(HostileBody, CostsLittleMoreThanTheDensestPlainOne) {
  PayloadParser parser;
  const double dense = cost(parser, dense_body(kSize));
  for (const auto& body : hostile_bodies(kSize)) {
    EXPECT_LT(cost(parser, body) / dense, 6) << body.form << ": " << body.text.substr(0, 60);
  }
}

TEST(HostileBody, CostsEightTimesAsMuchWhenItIsEightTimesAsLong) {
  PayloadParser parser;
  const auto small = hostile_bodies(kSize / 8), large = hostile_bodies(kSize);
  for (std::size_t i = 0; i < large.size(); ++i) {
    // What costs less than 0.05 ms says nothing.
    const double before = std::max(cost(parser, small[i]), 5e-5);
    EXPECT_LT(cost(parser, large[i]) / before, 20) << large[i].form;
  }
}

}  // namespace
}  // namespace rs::event
