// The end, and what stays bounded meanwhile: bigquery.md section 7, cases 52 to 55, and random
// faults of every kind with rows in flight (56, short).
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/mutex.h"
#include "direct/direct_run.h"
#include "direct/fault_case.h"

namespace rs::direct {
namespace {

class Shutdown : public testing::TestWithParam<BigQueryDelivery> {};
INSTANTIATE_TEST_SUITE_P(Each, Shutdown, both_modes(), name_of_mode);

// Every row is in the table or kept, and the time limit held.
void expect_all_kept(DirectRun& run, milliseconds limit) {
  EXPECT_LT(run.stop(limit), limit + milliseconds(500));
  const auto accounting = run.stats().accounting;
  EXPECT_TRUE(accounting.adds_up());
  EXPECT_EQ(accounting.held, 0U);
  EXPECT_EQ(accounting.delivered + accounting.dead_lettered, run.posted());
  const auto ids = run.stored_ids();
  auto kept = run.dead_letters();
  for (const auto& id : ids) kept.emplace(id, "stored");
  EXPECT_EQ(kept.size(), run.posted());
}

TEST_P(Shutdown, Case52WithAFullWindowThatIsNotAnswered) {
  DirectRun run({.delivery = GetParam()});
  run.post(10);
  ASSERT_TRUE(run.settle());
  run.fake().hold_answers(true);
  run.post(2'000);
  ASSERT_TRUE(run.fake().wait_for([](const auto& stats) { return stats.requests > 10; }));
  expect_all_kept(run, milliseconds(500));
  run.fake().hold_answers(false);
}

TEST_P(Shutdown, Case52WithAServerThatAnswersLate) {
  DirectRun run(
      {.delivery = GetParam(), .fake = [](auto& fake) { fake.ack_delay = milliseconds(100); }});
  run.post(1'000);
  EXPECT_LT(run.stop(milliseconds(5'000)), milliseconds(5'000));
  EXPECT_EQ(run.stats().accounting.delivered, 1'000U);
}

TEST_P(Shutdown, Case53WhileItReconnects) {
  DirectRun run({.delivery = GetParam()});
  run.post(10);
  ASSERT_TRUE(run.settle());
  run.fake().stop_grpc();
  run.post(500);
  ASSERT_TRUE(eventually([&] { return run.stats().retries >= 2; }));
  expect_all_kept(run, milliseconds(500));
}

// Writes the next batch from within done() of the one before.
TEST_P(Shutdown, Case54ACallbackThatWritesDoesNotLock) {
  DirectRun run({.delivery = GetParam(), .start = false});
  auto settings = run.settings();
  settings.window_requests = 1;
  bigquery::BigQuerySink sink(settings, [](const std::stop_token&) {
    return Result<std::shared_ptr<google::TokenSource>>(nullptr);
  });
  ASSERT_TRUE(sink.open());
  constexpr std::size_t kBatches = 50;
  std::vector<row::Batch> batches(kBatches);
  for (std::size_t i = 0; i < kBatches; ++i) batches[i].append(encoded_row(i, false, ""));
  std::atomic<std::size_t> next = 0, stored = 0;
  std::function<void()> write = [&] {
    const auto index = next++;
    if (index >= kBatches) return;
    sink.write(batches[index], [&](const sink::WriteResult& result) {
      stored += result.has_value() ? 1 : 0;
      write();
    });
  };
  write();
  EXPECT_TRUE(eventually([&] { return stored == kBatches; })) << stored;
  sink.close();
}

TEST_P(Shutdown, Case55AnOutageHoldsNoMoreThanItMayAndIsDrainedAfterwards) {
  DirectRun run({.delivery = GetParam(), .held_rows = 1'000});
  run.post(10);
  ASSERT_TRUE(run.settle());
  run.fake().stop_grpc();
  run.post(1'000);
  EXPECT_EQ(run.delivery().accept(row::one_row(encoded_row(1, false, "")), {}),
            delivery::Accepted::kFull);
  ASSERT_TRUE(run.fake().start_grpc());
  ASSERT_TRUE(run.settle()) << run.stats().trouble;
  EXPECT_EQ(run.fake().row_count(run.table()), 1'010U);
}

// 1,000,000 rows where RS_CHAOS_ROWS says so; else what a test may take.
std::size_t chaos_rows() {
  const char* rows = std::getenv("RS_CHAOS_ROWS");
  return rows == nullptr ? 20'000 : static_cast<std::size_t>(std::strtoull(rows, nullptr, 10));
}

// Of all requests 2 %, evenly over the kinds.
TEST_P(Shutdown, Case56RandomFaultsLoseNothing) {
  const std::size_t rows = chaos_rows(), batch = rows > 100'000 ? 500 : 50;
  DirectRun run({.delivery = GetParam(),
                 .fake = [](auto& fake) { fake.row_errors_max = 2; },
                 .batch_rows = batch,
                 .settings =
                     [](auto& s) {
                       s.answer_timeout = milliseconds(300);
                       s.connections_max = 3;
                       s.grow_after = milliseconds(50);
                     }});
  const std::vector<std::string> kinds = {R"("fault":"unavailable")",
                                          R"("fault":"unavailable","apply":true)",
                                          R"("fault":"reset","apply":true)",
                                          R"("fault":"restarted")",
                                          R"("fault":"internal")",
                                          R"("fault":"quota")",
                                          R"("fault":"hang")",
                                          R"("fault":"ends_ok")",
                                          R"("fault":"busy")",
                                          R"("fault":"empty")",
                                          R"("fault":"idle")",
                                          R"("fault":"late","delay_ms":20)"};
  for (const auto& kind : kinds) {
    run.fault(fmt::format("{{{},\"probability\":{},\"times\":0}}", kind,
                          0.02 / static_cast<double>(kinds.size())));
  }
  std::set<std::size_t> bad;
  for (std::size_t i = 777; i < rows; i += rows / 100) bad.insert(i);
  run.post(rows, bad);
  ASSERT_TRUE(eventually([&] {  // Longer than other tests: as long as there is progress.
    const auto before = run.stats().accounting.held;
    return before == 0 || !eventually([&] { return run.stats().accounting.held < before; });
  }));
  const auto stored = run.fake().row_count(run.table());
  const auto known_already = run.sink_stats().known_already;  // check() ends the sink.
  run.check({.duplicates = true});
  std::uint64_t faults = 0;
  for (const auto& [name, count] : run.fake().stats().faults) faults += count;
  fmt::print(
      "chaos, {}: {} rows, {} faults, {} bad rows, {} duplicates, {} connections, {} known "
      "already\n",
      run.exactly_once() ? "exactly once" : "at least once", rows, faults, bad.size(),
      stored - (rows - bad.size()), run.fake().stats().connections, known_already);
}

}  // namespace
}  // namespace rs::direct
