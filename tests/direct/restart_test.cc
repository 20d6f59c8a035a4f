// Exactly once through restarts: what the ledger of one process tells the next
// (bigquery/ledger.h). A process is killed by never telling it that its rows are done with.

#include <future>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "bigquery/ledger.h"
#include "direct/direct_run.h"
#include "spool/disk.h"

namespace rs::direct {
namespace {

constexpr std::size_t kRows = 10;
constexpr sink::BatchMarks kMarks{{1, 64}, 20};

class Restart : public testing::Test {
 protected:
  Restart() {
    std::string folder = testing::TempDir() + "restart_XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    for (std::size_t i = 0; i < kRows; ++i) batch_.append(encoded_row(i, false, {}));
    next_process();
  }
  ~Restart() override {
    sink_.reset();
    std::filesystem::remove_all(folder_);
  }

  void next_process() {
    if (sink_) sink_->close();
    auto settings = run_.settings();
    settings.window_requests = 1;
    sink_ = make_sink(settings, std::make_unique<bigquery::StreamLedger>(
                                    folder_ / "ledger", true, disk_, [](sink::Mark mark) {
                                      return mark.part == kMarks.first.part;
                                    }));
    ASSERT_TRUE(sink_->open());
  }
  // How often it took until the batch was stored.
  std::size_t write() {
    for (std::size_t times = 1;; ++times) {
      std::promise<sink::WriteResult> result;
      sink_->write_marked(batch_, kMarks,
                          [&](sink::WriteResult done) { result.set_value(std::move(done)); });
      const auto got = result.get_future().get();
      if (got) {
        EXPECT_TRUE(got->empty());
        return times;
      }
    }
  }
  void expect_each_row_once() {
    std::map<std::string, std::size_t> times;
    for (const auto& id : run_.stored_ids()) ++times[id];
    EXPECT_EQ(times.size(), kRows);
    for (const auto& [id, count] : times) EXPECT_EQ(count, 1U) << id;
  }

  DirectRun run_{{.delivery = BigQueryDelivery::kExactlyOnce, .start = false}};
  std::filesystem::path folder_;
  spool::RealDisk disk_;
  row::Batch batch_;
  std::unique_ptr<bigquery::BigQuerySink> sink_;
};

TEST_F(Restart, DoesNotSendAgainWhatIsStored) {
  EXPECT_EQ(write(), 1U);
  for (int process = 0; process < 3; ++process) {
    next_process();
    EXPECT_EQ(write(), 1U);
    expect_each_row_once();
  }
}

TEST_F(Restart, DoesNotSendAgainARowThatWasRefusedAloneAndThenStored) {
  // The batch, its first half, of that the first two rows, then each of these.
  run_.fault(R"({"fault":"invalid","times":5})");
  EXPECT_EQ(write(), 2U);
  for (int process = 0; process < 3; ++process) {
    next_process();
    EXPECT_EQ(write(), 1U);
    expect_each_row_once();
  }
}

}  // namespace
}  // namespace rs::direct
