#include "bigquery/ledger.h"

#include <cstdlib>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "spool/segment_header.h"

namespace rs::bigquery {
namespace {

using spool::Position;

// A folder with three segments, as far as a ledger looks at them.
class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    std::string name = testing::TempDir() + "ledger_XXXXXX";
    folder_ = mkdtemp(name.data());
    for (std::uint64_t number = 1; number <= 3; ++number) {
      std::ofstream(folder_ / spool::segment_name(number)) << "rows";
    }
    next_process();
  }
  ~LedgerTest() override { std::filesystem::remove_all(folder_); }

  void next_process() {
    ledger_ = std::make_unique<StreamLedger>(folder_ / "ledger", false);
    ASSERT_TRUE(ledger_->open());
  }
  // Three requests of ten rows; each row takes a hundred bytes.
  void send_three() {
    ASSERT_TRUE(ledger_->begin("stream"));
    ASSERT_TRUE(ledger_->send({0, 10, {1, 1064}}, {}));
    ASSERT_TRUE(ledger_->send({10, 10, {2, 564}}, {}));
    ASSERT_TRUE(ledger_->send({20, 10, {2, 1564}}, {}));
  }

  std::filesystem::path folder_;
  std::unique_ptr<StreamLedger> ledger_;
};

TEST_F(LedgerTest, HasNothingToSettleAtFirst) {
  EXPECT_EQ(ledger_->left_stream(), "");
  EXPECT_FALSE(ledger_->may_cover({1, 64}));
}

TEST_F(LedgerTest, CoversWhatTheStreamHasAndNoRowMore) {
  struct Case {
    std::int64_t rows;
    Position last, first_open;
  };
  for (const auto& each : {Case{0, {0, 0}, {1, 64}}, Case{10, {1, 964}, {1, 1064}},
                           Case{20, {2, 464}, {2, 564}}, Case{30, {2, 1464}, {2, 1564}}}) {
    std::filesystem::remove(folder_ / "ledger");
    next_process();
    send_three();
    next_process();
    EXPECT_EQ(ledger_->left_stream(), "stream");
    EXPECT_FALSE(ledger_->covers({1, 64})) << "not before it is settled";
    ledger_->settle(each.rows);
    EXPECT_EQ(ledger_->left_stream(), "");
    EXPECT_EQ(ledger_->covers(each.last), each.rows > 0) << each.rows;
    EXPECT_FALSE(ledger_->covers(each.first_open)) << each.rows;
  }
}

TEST_F(LedgerTest, KnowsWhatWasAcknowledgedThoughItsRequestIsForgotten) {
  send_three();
  ledger_->stored(10, {1, 1064});
  ASSERT_TRUE(ledger_->send({30, 10, {3, 564}}, {}));
  next_process();
  ledger_->settle(10);
  EXPECT_TRUE(ledger_->covers({1, 964}));
  EXPECT_FALSE(ledger_->covers({2, 64}));
}

TEST_F(LedgerTest, KeepsWhatIsCoveredThroughProcessesThatSendNothing) {
  send_three();
  for (int process = 0; process < 3; ++process) {
    next_process();
    if (process == 0) {
      ledger_->settle(20);
    } else {
      ledger_->settle(0);
    }
    ASSERT_TRUE(ledger_->begin("another"));
    EXPECT_TRUE(ledger_->covers({2, 464}));
    EXPECT_FALSE(ledger_->covers({2, 564}));
  }
}

TEST_F(LedgerTest, SendsARowAgainThatWasGivenUpBeforeOthersWereStored) {
  send_three();
  ledger_->not_stored(10);
  ledger_->skip({2, 164});
  ASSERT_TRUE(ledger_->send({10, 9, {2, 564}}, {}));
  for (int process = 0; process < 2; ++process) {
    next_process();
    ledger_->settle(process == 0 ? 19 : 0);
    ASSERT_TRUE(ledger_->begin("another"));
    EXPECT_TRUE(ledger_->covers({2, 64}));
    EXPECT_FALSE(ledger_->covers({2, 164}));
    EXPECT_TRUE(ledger_->covers({2, 264}));
    EXPECT_FALSE(ledger_->covers({2, 564}));
  }
}

// Nothing was wrong with the row: it was stored behind those that came after it.
TEST_F(LedgerTest, CoversARowThatWasStoredAfterItHadBeenGivenUp) {
  const Position row{2, 164};
  for (const bool answered : {false, true}) {
    for (const std::int64_t rows : {19, 20}) {
      std::filesystem::remove(folder_ / "ledger");
      next_process();
      send_three();
      ledger_->not_stored(10);
      ledger_->skip(row);
      ledger_->skip(row);
      ASSERT_TRUE(ledger_->send({10, 9, {2, 564}}, {}));
      ASSERT_TRUE(ledger_->is_gap(row));
      ASSERT_TRUE(ledger_->send({19, 1, {2, 264}}, {{row}}));
      if (answered) {
        ledger_->stored(rows, {2, 564});
        ASSERT_TRUE(ledger_->send({20, 1, {2, 1564}}, {}));
      }
      EXPECT_EQ(ledger_->is_gap(row), !answered || rows == 19);
      next_process();
      ledger_->settle(rows);
      EXPECT_EQ(ledger_->covers(row), rows == 20) << answered;
      EXPECT_TRUE(ledger_->covers({2, 264}));
    }
  }
}

TEST_F(LedgerTest, CoversARowThatALaterProcessStored) {
  const Position row{2, 164};
  send_three();
  ledger_->skip(row);
  ASSERT_TRUE(ledger_->send({30, 1, {2, 1664}}, {}));
  next_process();
  ledger_->settle(31);
  ASSERT_TRUE(ledger_->begin("another"));
  EXPECT_FALSE(ledger_->covers(row));
  ASSERT_TRUE(ledger_->send({0, 1, {2, 264}}, {{row}}));
  next_process();
  ledger_->settle(1);
  EXPECT_TRUE(ledger_->covers(row));
  EXPECT_FALSE(ledger_->covers({2, 1664}));
}

TEST_F(LedgerTest, SendsARowAgainThatWasRefusedAgainOrWhoseStreamIsNoMore) {
  const Position row{2, 164};
  for (const bool refused : {true, false}) {
    std::filesystem::remove(folder_ / "ledger");
    next_process();
    send_three();
    ledger_->skip(row);
    ASSERT_TRUE(ledger_->send({30, 1, {2, 264}}, {{row}}));
    if (refused) {
      ledger_->not_stored(30);
    } else {
      ASSERT_TRUE(ledger_->begin("another"));
    }
    ASSERT_TRUE(ledger_->send({30, 1, {2, 1664}}, {}));
    next_process();
    ledger_->settle(31);
    EXPECT_FALSE(ledger_->covers(row)) << refused;
    EXPECT_TRUE(ledger_->covers({2, 1564}));
  }
}

TEST_F(LedgerTest, SendsRowsAgainRatherThanLoseOneWhenItCannotKeepAllGaps) {
  const auto row = [](std::uint64_t i) { return Position{2, 64 + i * 10}; };
  constexpr std::uint64_t kRows = 30'000;
  send_three();
  for (std::uint64_t i = 0; i < kRows; ++i) ledger_->skip(row(i));
  ASSERT_TRUE(ledger_->send({30, 1, {3, 64}}, {}));
  for (int process = 0; process < 2; ++process) {
    next_process();
    ledger_->settle(process == 0 ? 31 : 0);
    ASSERT_TRUE(ledger_->begin("another"));
    EXPECT_TRUE(ledger_->covers({1, 964}));
    for (std::uint64_t i = 0; i < kRows; ++i) ASSERT_FALSE(ledger_->covers(row(i))) << i;
  }
  ledger_->delivered({2, 500'000});
  ASSERT_TRUE(ledger_->send({0, 1, {3, 164}}, {}));
  next_process();
  ledger_->settle(1);
  EXPECT_TRUE(ledger_->covers({3, 64}));
}

TEST_F(LedgerTest, ForgetsGapsThatAreDeliveredAsDeadLetters) {
  send_three();
  ledger_->skip({1, 164});
  ledger_->delivered({1, 1064});
  ASSERT_TRUE(ledger_->send({30, 1, {2, 1664}}, {}));
  next_process();
  ledger_->settle(31);
  EXPECT_TRUE(ledger_->covers({1, 164}));
}

TEST_F(LedgerTest, LetsRowsThatAreNotOfTheSpoolTakeTheirPlaceInTheStream) {
  send_three();
  ASSERT_TRUE(ledger_->send({30, 5, {}}, {}));
  ASSERT_TRUE(ledger_->send({35, 10, {3, 564}}, {}));
  next_process();
  ledger_->settle(35);
  EXPECT_TRUE(ledger_->covers({2, 1464}));
  EXPECT_FALSE(ledger_->covers({3, 64}));
}

TEST_F(LedgerTest, CoversLessRatherThanMoreWhenANumberIsUnknown) {
  send_three();
  next_process();
  ledger_->settle(27);
  EXPECT_TRUE(ledger_->covers({2, 464}));
  EXPECT_FALSE(ledger_->covers({2, 564}));
}

TEST_F(LedgerTest, MeansNothingWithoutTheSegmentsItSpeaksOf) {
  send_three();
  std::filesystem::remove(folder_ / spool::segment_name(2));
  next_process();
  EXPECT_EQ(ledger_->left_stream(), "");
  EXPECT_FALSE(ledger_->may_cover({1, 64}));
}

TEST_F(LedgerTest, TakesTheSlotBeforeWhenTheLastIsTorn) {
  ASSERT_TRUE(ledger_->begin("stream"));                // Slot 1.
  ASSERT_TRUE(ledger_->send({0, 10, {1, 564}}, {}));    // Slot 0.
  ASSERT_TRUE(ledger_->send({10, 10, {1, 1064}}, {}));  // Slot 1.
  {
    std::fstream file(folder_ / "ledger", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((1 << 20) + 50);
    file.put('?');
  }
  next_process();
  EXPECT_EQ(ledger_->left_stream(), "stream");
  ledger_->settle(20);
  EXPECT_TRUE(ledger_->covers({1, 464}));
  EXPECT_FALSE(ledger_->covers({1, 564}));
}

}  // namespace
}  // namespace rs::bigquery
