// The ledger's disk: what waits for it, and what must not (bigquery/ledger.h).
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "bigquery/ledger.h"
#include "direct/direct_run.h"
#include "spool/faulty_disk.h"

namespace rs::direct {
namespace {

using testing::HasSubstr;

// A sink whose ledger lies on a disk that does as the test says.
class LedgerDisk : public testing::Test {
 protected:
  LedgerDisk() {
    std::string folder = testing::TempDir() + "ledger_disk_XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    auto ledger = std::make_unique<bigquery::StreamLedger>(folder_ / "ledger", true, disk_,
                                                           [](sink::Mark) { return true; });
    sink_ = std::make_unique<bigquery::BigQuerySink>(
        run_.settings(),
        [](const std::stop_token&) {
          return Result<std::shared_ptr<google::TokenSource>>(nullptr);
        },
        std::move(ledger));
    EXPECT_TRUE(sink_->open());
    // The stream is made, and the ledger says so.
    EXPECT_TRUE(eventually([&] { return disk_.count("sync ledger") == 1; }));
  }
  ~LedgerDisk() override {
    sink_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::future<sink::WriteResult> write(row::Batch& batch) {
    batch.append(encoded_row(rows_++, false, {}));
    auto result = std::make_shared<std::promise<sink::WriteResult>>();
    sink_->write(batch, [result](sink::WriteResult done) { result->set_value(std::move(done)); });
    return result->get_future();
  }
  // From now on each sync of the ledger waits until `go`.
  void hold_syncs() {
    disk_.on_call([this](const std::string& call) {
      if (call != "sync ledger") return;
      ++waiting_;
      go_.wait();
    });
  }
  [[nodiscard]] std::uint64_t requests() { return run_.fake().stats().requests; }

  DirectRun run_{{.delivery = BigQueryDelivery::kExactlyOnce,
                  .start = false,
                  .settings = [](auto& s) { s.stream_each = milliseconds(5); }}};
  std::filesystem::path folder_;
  spool::FaultyDisk disk_;
  std::unique_ptr<bigquery::BigQuerySink> sink_;
  std::size_t rows_ = 0;
  std::atomic<int> waiting_ = 0;
  std::promise<void> release_;
  std::shared_future<void> go_ = release_.get_future().share();
};

TEST_F(LedgerDisk, DelaysRequestsButNotFiguresWritesOrAnswers) {
  hold_syncs();
  row::Batch first, second;
  auto one = write(first);
  ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
  auto figures = std::async(std::launch::async, [&] { return sink_->stats(); });
  auto two = std::async(std::launch::async, [&] { return write(second); });
  EXPECT_EQ(figures.wait_for(std::chrono::seconds(5)), std::future_status::ready);
  EXPECT_EQ(two.wait_for(std::chrono::seconds(5)), std::future_status::ready);
  release_.set_value();
  EXPECT_EQ(figures.get().requests, 0U);
  EXPECT_TRUE(one.get());
  EXPECT_TRUE(two.get().get());
}

TEST_F(LedgerDisk, HasARequestBeforeBigQueryDoes) {
  hold_syncs();
  row::Batch batch;
  auto written = write(batch);
  ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
  EXPECT_FALSE(run_.fake().wait_for([](const auto& stats) { return stats.requests > 0; },
                                    milliseconds(100)));
  release_.set_value();
  EXPECT_TRUE(written.get());
  EXPECT_EQ(requests(), 1U);
}

TEST_F(LedgerDisk, IsSyncedOnceForAllThatWait) {
  hold_syncs();
  std::vector<row::Batch> batches(20);
  std::vector<std::future<sink::WriteResult>> written;
  for (auto& batch : batches) {
    written.push_back(write(batch));
    ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
  }
  release_.set_value();
  for (auto& each : written) EXPECT_TRUE(each.get());
  EXPECT_LE(disk_.count("sync ledger"), 3U);
  EXPECT_EQ(requests(), 20U);
}

TEST_F(LedgerDisk, SendsNothingWhileItFails) {
  for (const std::string call : {"write", "sync"}) {
    disk_.fail(call, ENOSPC);
    row::Batch batch;
    const auto before = requests();
    const auto failed = write(batch).get();
    ASSERT_FALSE(failed) << call;
    EXPECT_TRUE(failed.error().retryable());
    EXPECT_THAT(failed.error().message, HasSubstr("No space left on device"));
    EXPECT_EQ(requests(), before);
    disk_.fail(call, 0);
    std::promise<sink::WriteResult> again;
    sink_->write(batch, [&](sink::WriteResult done) { again.set_value(std::move(done)); });
    EXPECT_TRUE(again.get_future().get());
  }
  EXPECT_EQ(run_.stored_ids().size(), 2U);
}

}  // namespace
}  // namespace rs::direct
