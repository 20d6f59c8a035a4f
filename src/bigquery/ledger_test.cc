#include "bigquery/ledger.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "spool/faulty_disk.h"

namespace rs::bigquery {
namespace {

using sink::Mark;

// Rows are kept at marks of three parts.
class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    std::string name = testing::TempDir() + "ledger_XXXXXX";
    folder_ = mkdtemp(name.data());
    next_process();
  }
  ~LedgerTest() override { std::filesystem::remove_all(folder_); }

  void next_process() {
    ledger_ = std::make_unique<StreamLedger>(
        folder_ / "ledger", true, disk_, [this](Mark mark) { return parts_.contains(mark.part); });
    ASSERT_TRUE(ledger_->open());
  }
  void begin(const std::string& stream) {
    ledger_->begin(stream);
    ASSERT_TRUE(ledger_->write(ledger_->image()));
  }
  void note(const StreamLedger::Request& request, const std::vector<Mark>& gaps = {}) {
    ledger_->note(request, gaps);
    ASSERT_TRUE(ledger_->write(ledger_->image()));
  }
  // Three requests of ten rows; each row takes a hundred bytes.
  void send_three() {
    begin("stream");
    note({0, 10, {1, 1064}});
    note({10, 10, {2, 564}});
    note({20, 10, {2, 1564}});
  }

  std::filesystem::path folder_;
  spool::FaultyDisk disk_;
  std::set<std::uint64_t> parts_{1, 2, 3};
  std::unique_ptr<StreamLedger> ledger_;
};

TEST_F(LedgerTest, HasNothingToSettleAtFirst) {
  EXPECT_EQ(ledger_->left_stream(), "");
  EXPECT_FALSE(ledger_->may_cover({1, 64}));
}

TEST_F(LedgerTest, CoversWhatTheStreamHasAndNoRowMore) {
  struct Case {
    std::int64_t rows;
    Mark last, first_open;
  };
  for (const auto& each : {Case{0, {0, 0}, {1, 64}}, Case{10, {1, 964}, {1, 1064}},
                           Case{20, {2, 464}, {2, 564}}, Case{30, {2, 1464}, {2, 1564}}}) {
    std::filesystem::remove(folder_ / "ledger");
    next_process();
    send_three();
    next_process();
    EXPECT_EQ(ledger_->left_stream(), "stream");
    EXPECT_FALSE(ledger_->covers({1, 64})) << "not before it is settled";
    EXPECT_TRUE(ledger_->settle(each.rows));
    EXPECT_EQ(ledger_->left_stream(), "");
    EXPECT_EQ(ledger_->covers(each.last), each.rows > 0) << each.rows;
    EXPECT_FALSE(ledger_->covers(each.first_open)) << each.rows;
  }
}

TEST_F(LedgerTest, KnowsWhatWasAcknowledgedThoughItsRequestIsForgotten) {
  send_three();
  ledger_->stored(10, {1, 1064});
  note({30, 10, {3, 564}});
  next_process();
  EXPECT_TRUE(ledger_->settle(10));
  EXPECT_TRUE(ledger_->covers({1, 964}));
  EXPECT_FALSE(ledger_->covers({2, 64}));
}

TEST_F(LedgerTest, KeepsWhatIsCoveredThroughProcessesThatSendNothing) {
  send_three();
  for (int process = 0; process < 3; ++process) {
    next_process();
    if (process == 0) {
      EXPECT_TRUE(ledger_->settle(20));
    } else {
      EXPECT_TRUE(ledger_->settle(0));
    }
    begin("another");
    EXPECT_TRUE(ledger_->covers({2, 464}));
    EXPECT_FALSE(ledger_->covers({2, 564}));
  }
}

TEST_F(LedgerTest, SendsARowAgainThatWasGivenUpBeforeOthersWereStored) {
  send_three();
  ledger_->not_stored(10);
  ledger_->skip({2, 164});
  note({10, 9, {2, 564}});
  for (int process = 0; process < 2; ++process) {
    next_process();
    EXPECT_TRUE(ledger_->settle(process == 0 ? 19 : 0));
    begin("another");
    EXPECT_TRUE(ledger_->covers({2, 64}));
    EXPECT_FALSE(ledger_->covers({2, 164}));
    EXPECT_TRUE(ledger_->covers({2, 264}));
    EXPECT_FALSE(ledger_->covers({2, 564}));
  }
}

// Nothing was wrong with the row: it was stored behind those that came after it.
TEST_F(LedgerTest, CoversARowThatWasStoredAfterItHadBeenGivenUp) {
  const Mark row{2, 164};
  for (const bool answered : {false, true}) {
    for (const std::int64_t rows : {19, 20}) {
      std::filesystem::remove(folder_ / "ledger");
      next_process();
      send_three();
      ledger_->not_stored(10);
      ledger_->skip(row);
      ledger_->skip(row);
      note({10, 9, {2, 564}});
      ASSERT_TRUE(ledger_->is_gap(row));
      note({19, 1, {2, 264}}, {row});
      if (answered) {
        ledger_->stored(rows, {2, 564});
        note({20, 1, {2, 1564}});
      }
      EXPECT_EQ(ledger_->is_gap(row), !answered || rows == 19);
      next_process();
      EXPECT_TRUE(ledger_->settle(rows));
      EXPECT_EQ(ledger_->covers(row), rows == 20) << answered;
      EXPECT_TRUE(ledger_->covers({2, 264}));
    }
  }
}

TEST_F(LedgerTest, CoversARowThatALaterProcessStored) {
  const Mark row{2, 164};
  send_three();
  ledger_->skip(row);
  note({30, 1, {2, 1664}});
  next_process();
  EXPECT_TRUE(ledger_->settle(31));
  begin("another");
  EXPECT_FALSE(ledger_->covers(row));
  note({0, 1, {2, 264}}, {row});
  next_process();
  EXPECT_TRUE(ledger_->settle(1));
  EXPECT_TRUE(ledger_->covers(row));
  EXPECT_FALSE(ledger_->covers({2, 1664}));
}

TEST_F(LedgerTest, SendsARowAgainThatWasRefusedAgainOrWhoseStreamIsNoMore) {
  const Mark row{2, 164};
  for (const bool refused : {true, false}) {
    std::filesystem::remove(folder_ / "ledger");
    next_process();
    send_three();
    ledger_->skip(row);
    note({30, 1, {2, 264}}, {row});
    if (refused) {
      ledger_->not_stored(30);
    } else {
      begin("another");
    }
    note({30, 1, {2, 1664}});
    next_process();
    EXPECT_TRUE(ledger_->settle(31));
    EXPECT_FALSE(ledger_->covers(row)) << refused;
    EXPECT_TRUE(ledger_->covers({2, 1564}));
  }
}

TEST_F(LedgerTest, SendsRowsAgainRatherThanLoseOneWhenItCannotKeepAllGaps) {
  const auto row = [](std::uint64_t i) { return Mark{2, 64 + i * 10}; };
  constexpr std::uint64_t kRows = 30'000;
  send_three();
  for (std::uint64_t i = 0; i < kRows; ++i) ledger_->skip(row(i));
  note({30, 1, {3, 64}});
  for (int process = 0; process < 2; ++process) {
    next_process();
    EXPECT_TRUE(ledger_->settle(process == 0 ? 31 : 0));
    begin("another");
    EXPECT_TRUE(ledger_->covers({1, 964}));
    for (std::uint64_t i = 0; i < kRows; ++i) ASSERT_FALSE(ledger_->covers(row(i))) << i;
  }
  ledger_->delivered({2, 500'000});
  note({0, 1, {3, 164}});
  next_process();
  EXPECT_TRUE(ledger_->settle(1));
  EXPECT_TRUE(ledger_->covers({3, 64}));
}

TEST_F(LedgerTest, ForgetsGapsThatAreDeliveredAsDeadLetters) {
  send_three();
  ledger_->skip({1, 164});
  ledger_->delivered({1, 1064});
  note({30, 1, {2, 1664}});
  next_process();
  EXPECT_TRUE(ledger_->settle(31));
  EXPECT_TRUE(ledger_->covers({1, 164}));
}

TEST_F(LedgerTest, LetsRowsThatAreNotOfTheSpoolTakeTheirPlaceInTheStream) {
  send_three();
  note({30, 5, {}});
  note({35, 10, {3, 564}});
  next_process();
  EXPECT_TRUE(ledger_->settle(35));
  EXPECT_TRUE(ledger_->covers({2, 1464}));
  EXPECT_FALSE(ledger_->covers({3, 64}));
}

TEST_F(LedgerTest, CoversLessRatherThanMoreWhenANumberIsUnknown) {
  send_three();
  next_process();
  EXPECT_FALSE(ledger_->settle(27));
  EXPECT_TRUE(ledger_->covers({2, 464}));
  EXPECT_FALSE(ledger_->covers({2, 564}));
}

TEST_F(LedgerTest, MeansNothingWhenTheRowsItSpeaksOfAreGone) {
  send_three();
  parts_.erase(2);
  next_process();
  EXPECT_EQ(ledger_->left_stream(), "");
  EXPECT_FALSE(ledger_->may_cover({1, 64}));
}

TEST_F(LedgerTest, TakesTheSlotBeforeWhenTheLastIsTorn) {
  begin("stream");            // Slot 1.
  note({0, 10, {1, 564}});    // Slot 0.
  note({10, 10, {1, 1064}});  // Slot 1.
  {
    std::fstream file(folder_ / "ledger", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((1 << 20) + 50);
    file.put('?');
  }
  next_process();
  EXPECT_EQ(ledger_->left_stream(), "stream");
  EXPECT_FALSE(ledger_->settle(20));
  EXPECT_TRUE(ledger_->covers({1, 464}));
  EXPECT_FALSE(ledger_->covers({1, 564}));
}

// A sync that failed says nothing about what is on disk.
TEST_F(LedgerTest, KeepsTheLastDurableImageWhateverBecomesOfLaterOnes) {
  begin("stream");
  for (std::int64_t i = 0; i < 40; ++i) note({i * 10, 10, {1, 64 + static_cast<std::uint64_t>(i)}});
  disk_.fail("sync", EIO);
  for (std::int64_t i = 40; i < 43; ++i) {
    ledger_->note({i * 10, 10, {1, 64 + static_cast<std::uint64_t>(i)}}, {});
    EXPECT_FALSE(ledger_->write(ledger_->image()));
  }
  // Every other sector of what was not synced is on disk.
  disk_.cut_power([odd = false]() mutable { return odd = !odd; });
  disk_.fail("sync", 0);
  next_process();
  EXPECT_EQ(ledger_->left_stream(), "stream");
  EXPECT_TRUE(ledger_->settle(400));
  EXPECT_TRUE(ledger_->covers({1, 102}));
}

}  // namespace
}  // namespace rs::bigquery
