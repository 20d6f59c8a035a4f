#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "durability/recovery_fixture.h"
#include "spool/record_blocks.h"
#include "spool/segment_header.h"

// Requests of several rows, of which a process finds all or none, whenever the one before ended.

namespace rs::spool {
namespace {

// Two rows by themselves, then a request of four.
class RequestRecoveryTest : public RecoveryTest {
 protected:
  void append_all() {
    for (const int i : {0, 1}) ASSERT_EQ(keep(row(i)), Outcome::kKept);
    const Rows four = rows({2, 3, 4, 5});
    append({four.begin(), four.end()});
  }
  void append(const std::vector<std::string_view>& request) {
    ASSERT_EQ(spool_->append(request, {this, 77}), Appended::kWaiting);
    ASSERT_EQ(outcome_of(77), Outcome::kKept);
  }
  // The request as records, which the process has begun to write behind the first two.
  static std::string records_of(const Rows& request) {
    RecordBlocks records;
    for (const auto& row : request) records.add({row, 0, &row != &request.back()});
    records.seal({1, begin_of(2)});
    return std::string(records.records());
  }
  Inspection inspected() {
    auto inspection = inspect(disk_, settings_.folder, true, {});
    EXPECT_TRUE(inspection);
    return *inspection;
  }
};

TEST_F(RequestRecoveryTest, FindsAllRowsOfARequest) {
  start();
  append_all();
  spool_->stop();
  const auto bytes = content(files().at(0));
  std::string more;
  for (auto records = std::string_view(bytes).substr(begin_of(0)); !records.empty();) {
    more += take_record(records).more ? '+' : '.';
  }
  EXPECT_EQ(more, "..+++.");
  EXPECT_EQ(inspected().rows, 6u);
  EXPECT_EQ(left(), rows({0, 1, 2, 3, 4, 5}));
}

TEST_F(RequestRecoveryTest, CutsARequestThatWasNotWrittenToItsEndWhereverThatIs) {
  keep_rows(2);
  const auto kept = content(files().at(0));
  const auto request = records_of(rows({2, 3, 4, 5}));
  for (std::size_t size = 1; size < request.size(); ++size) {
    overwrite(files().at(0), kept + request.substr(0, size) + std::string(1000, '\0'));
    const auto before = inspected();
    EXPECT_EQ(before.rows, 2u) << size;
    EXPECT_EQ(before.row_bytes, 20u) << size;
    EXPECT_EQ(before.torn_bytes, size + 1000) << size;
    EXPECT_TRUE(before.damages.empty()) << size;
    ASSERT_EQ(left(), rows({0, 1})) << size;
    EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(2)) << size;
    EXPECT_EQ(stats().torn_bytes, before.torn_bytes) << size;
    EXPECT_EQ(stats().damages, 0u) << size;
    ASSERT_EQ(left(), rows({0, 1})) << size << ": by the process after the next";
  }
}

TEST_F(RequestRecoveryTest, CutsARequestThatIsLargerThanWhatIsReadAtOnce) {
  keep_rows(2);
  const auto kept = content(files().at(0));
  const auto request = records_of(Rows(8, std::string(400'000, 'x')));
  overwrite(files().at(0), kept + request);
  EXPECT_EQ(inspected().rows, 10u);
  overwrite(files().at(0), kept + request.substr(0, request.size() - 1));
  EXPECT_EQ(inspected().rows, 2u);
  EXPECT_EQ(left(), rows({0, 1}));
  EXPECT_EQ(std::filesystem::file_size(files().at(0)), begin_of(2));
}

TEST_F(RequestRecoveryTest, KeepsTheOtherRowsOfARequestThatDamageHit) {
  for (const int damaged : {2, 3, 5}) {
    std::filesystem::remove_all(settings_.folder);
    start();
    append_all();
    spool_->stop();
    change([&](std::string& bytes) { bytes[begin_of(damaged) + 25] ^= 1; });
    Rows others = rows({0, 1, 2, 3, 4, 5});
    others.erase(others.begin() + damaged);
    EXPECT_EQ(inspected().rows, 5u) << damaged;
    EXPECT_EQ(left(), others) << "what was acknowledged is not given up: " << damaged;
    EXPECT_EQ(stats().damages, 1u) << damaged;
  }
}

TEST_F(RequestRecoveryTest, ReadsSegmentsOfTheFirstFormat) {
  keep_rows(2);
  change([](std::string& bytes) { bytes.replace(0, 64, segment_header(1, 1)); });
  EXPECT_EQ(inspected().rows, 2u);
  EXPECT_EQ(left(), rows({0, 1}));
}

}  // namespace
}  // namespace rs::spool
