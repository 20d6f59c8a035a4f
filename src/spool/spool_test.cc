#include "spool/spool.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <unistd.h>

#include "spool/segment_header.h"
#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Rows = std::vector<std::string>;

class UnsyncedDisk final : public RealDisk {
 public:
  int sync(int) override { return 0; }
};

TEST_F(SpoolTest, GivesTheNextProcessWhatItKeptInOrder) {
  start();
  for (const char* row : {"a", "b", "c"}) ASSERT_EQ(keep(row), Outcome::kKept);
  EXPECT_EQ(kept_, 3u);
  spool_->stop();
  EXPECT_EQ(left(), (Rows{"a", "b", "c"}));
}

TEST_F(SpoolTest, TellsNobodyBeforeItsRowIsSynced) {
  start();
  ASSERT_EQ(keep("first"), Outcome::kKept);
  std::atomic<bool> told_early{false};
  disk_.on_sync([&] {
    const MutexLock lock(mutex_);
    told_early = told_early || outcomes_.size() != 1;
  });
  ASSERT_EQ(keep("second"), Outcome::kKept);
  EXPECT_FALSE(told_early);
}

TEST_F(SpoolTest, KeepsEveryAcknowledgedRowThroughAPowerCut) {
  start();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(keep("row " + std::to_string(i)), Outcome::kKept);
  spool_->stop();
  disk_.cut_power();
  EXPECT_EQ(left().size(), 50u);
}

TEST_F(SpoolTest, SyncsNothingButItsPositionWhenTheProcessIsAllThatCanEnd) {
  settings_.sync = Sync::kProcess;
  settings_.end_age = std::chrono::milliseconds(0);
  start();
  const auto syncs = disk_.count("sync"), of_position = disk_.count("sync position");
  ASSERT_EQ(keep("row"), Outcome::kKept);
  spool_->stop();
  EXPECT_EQ(disk_.count("sync") - syncs, disk_.count("sync position") - of_position);
  EXPECT_EQ(left(), Rows{"row"});
}

TEST_F(SpoolTest, RefusesWhatWaitsBeyondItsBounds) {
  settings_.waiting_rows = 2;
  start();
  ASSERT_EQ(keep("first"), Outcome::kKept);
  std::vector<Appended> appended;
  std::atomic<bool> once{true};
  disk_.on_sync([&] {
    if (!once.exchange(false)) return;
    for (int i = 0; i < 3; ++i) appended.push_back(spool_->append(one("row"), {}));
  });
  ASSERT_EQ(keep("second"), Outcome::kKept);
  EXPECT_THAT(appended, ElementsAre(Appended::kWaiting, Appended::kWaiting, Appended::kFull));
}

// Groups of all sizes, so that they begin and end everywhere in a block, in files that begin anew
// now and then, some of which were used before.
class DirectWrites : public SpoolTest, public testing::WithParamInterface<const char*> {};

TEST_P(DirectWrites, KeepEveryRowWhetherTheFileSystemCanDoThemOrNot) {
  const bool refused = GetParam()[0] != '\0';
  if (refused) disk_.fail(GetParam(), EINVAL);
  settings_.limits.segment_bytes = 1 << 20;
  start();
  Rows kept;
  for (std::size_t i = 0; i < 300; ++i) {
    kept.push_back(std::to_string(i) + std::string(i * i * 37 % 30'000, 'x'));
    ASSERT_EQ(keep(kept.back()), Outcome::kKept);
    if (i % 100 == 50) {
      spool_->consumed(end());
      kept.clear();
    }
  }
  EXPECT_FALSE(spool_->is_refusing());
  EXPECT_EQ(spool_->stats().failures, 0u);
  EXPECT_GE(disk_.count("rename"), 2u);
  EXPECT_GE(disk_.count("direct "), 1u);
  if (refused) {
    EXPECT_EQ(disk_.count("direct "), 1u) << "tried once";
  }
  spool_->stop();
  disk_.cut_power();
  EXPECT_EQ(left(), kept);
}

INSTANTIATE_TEST_SUITE_P(Each, DirectWrites, testing::Values("", "direct", "direct_write"),
                         [](const auto& refused) {
                           const std::string call = refused.param;
                           return call.empty() ? "possible" : "no_" + call;
                         });

TEST_F(SpoolTest, BeginsASegmentWhenTheLastIsFullAndGivesItsRestBack) {
  settings_.limits.segment_bytes = 1000;
  start();
  for (int i = 0; i < 10; ++i) ASSERT_EQ(keep(std::string(400, 'x')), Outcome::kKept);
  spool_->stop();
  const auto found = files();
  EXPECT_EQ(found.size(), 5u);
  for (const auto& file : found) EXPECT_EQ(std::filesystem::file_size(file), 64u + 2 * 420);
  EXPECT_EQ(left().size(), 10u);
}

TEST_F(SpoolTest, KeepsARowLargerThanASegment) {
  settings_.limits.segment_bytes = 1000;
  start();
  ASSERT_EQ(keep(std::string(5'000'000, 'x')), Outcome::kKept);
  ASSERT_EQ(keep("small"), Outcome::kKept);
  spool_->stop();
  const auto rows = left();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].size(), 5'000'000u);
}

TEST_F(SpoolTest, RemovesASegmentOnlyAfterThePositionBehindItIsDurable) {
  settings_.limits.segment_bytes = 1000;
  start();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(keep(std::string(400, 'x')), Outcome::kKept);
  const auto before = disk_.calls().size();
  spool_->consumed(end());
  auto calls = disk_.calls();
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
  EXPECT_THAT(calls, ElementsAre("write position", "sync position", "remove " + segment_name(1)));
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(SpoolTest, KeepsASegmentWhosePositionCannotBeMadeDurable) {
  settings_.limits.segment_bytes = 1000;
  start();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(keep(std::string(400, 'x')), Outcome::kKept);
  spool_->stop();
  disk_.fail("sync", EIO);
  spool_->consumed(end());
  EXPECT_EQ(files().size(), 2u);
  disk_.fail("sync", 0);
  spool_->consumed(end());
  EXPECT_THAT(files(), IsEmpty()) << "stopped, so that the last one is complete as well";
}

// The last process may have been killed after it wrote its position and before it was durable.
TEST_F(SpoolTest, RemovesAtTheStartOnlyWhatADurablePositionAllows) {
  settings_.limits.segment_bytes = 1000;
  start();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(keep(std::string(400, 'x')), Outcome::kKept);
  disk_.fail("remove", EIO);
  EXPECT_FALSE(spool_->consumed({2, kSegmentHeaderBytes}));
  spool_->stop();
  disk_.fail("remove", 0);
  disk_.fail("sync", EIO);
  EXPECT_EQ(left().size(), 2u);
  EXPECT_EQ(files().size(), 2u);
  disk_.fail("sync", 0);
  const auto before = disk_.calls().size();
  EXPECT_EQ(left().size(), 2u);
  EXPECT_EQ(files().size(), 1u);
  auto calls = disk_.calls();
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
  const auto synced = std::find(calls.begin(), calls.end(), "sync position");
  EXPECT_LT(synced, std::find(calls.begin(), calls.end(), "remove " + segment_name(1)));
  EXPECT_NE(synced, calls.end());
}

TEST_F(SpoolTest, HasTheRoomForItsPositionAndItsEndFromTheStart) {
  start();
  for (const char* name : {"position", "end"}) {
    EXPECT_EQ(std::filesystem::file_size(settings_.folder / name), 2 * 4096u);
    EXPECT_EQ(content(settings_.folder / name).substr(0, 5), "RSPOS");
  }
}

TEST_F(SpoolTest, GoesOnWhereItWasConsumed) {
  start();
  ASSERT_EQ(keep("delivered"), Outcome::kKept);
  const auto delivered = end();
  ASSERT_EQ(keep("not delivered"), Outcome::kKept);
  spool_->consumed(delivered);
  spool_->stop();
  EXPECT_EQ(left(), Rows{"not delivered"});
}

TEST_F(SpoolTest, StartsWhenTheSegmentOfItsPositionIsGone) {
  settings_.limits.segment_bytes = 1000;
  start();
  for (int i = 0; i < 6; ++i) ASSERT_EQ(keep(std::string(400, 'x')), Outcome::kKept);
  spool_->consumed({2, 64});
  spool_->stop();
  std::filesystem::remove(files()[0]);
  EXPECT_EQ(left().size(), 2u);
  start();
  EXPECT_EQ(keep("new"), Outcome::kKept);
}

TEST_F(SpoolTest, DeliversAllAgainWhenThePositionIsUnreadable) {
  start();
  ASSERT_EQ(keep("row"), Outcome::kKept);
  spool_->consumed(end());
  spool_->stop();
  overwrite(settings_.folder / "position", "nonsense");
  EXPECT_EQ(left(), Rows{"row"});
}

TEST_F(SpoolTest, TakesTheOlderPositionWhenTheNewerIsTorn) {
  start();
  for (const char* row : {"a", "b", "c"}) {
    ASSERT_EQ(keep(row), Outcome::kKept);
    spool_->consumed(end());
  }
  spool_->stop();
  auto bytes = content(settings_.folder / "position");
  bytes[4096 + 20] ^= 1;  // The third was written to the second slot: a new spool has written both.
  overwrite(settings_.folder / "position", bytes);
  EXPECT_EQ(left(), Rows{"c"});
}

// Rows of 200 kB, five of which fill a segment; the file of the first five becomes the fourth.
class ReuseTest : public SpoolTest {
 protected:
  void reuse_a_file() {
    settings_.limits.segment_bytes = 1 << 20;
    start();
    for (int i = 0; i < 15; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
    ASSERT_EQ(end().segment, 3u);
    spool_->consumed({2, kSegmentHeaderBytes});
    for (int i = 15; i < 17; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
    ASSERT_EQ(end().segment, 4u);
    ASSERT_EQ(disk_.count("rename"), 1u);
    ASSERT_EQ(disk_.count("create 0"), 3u);
  }
  static std::string row(int i) { return std::string(200'000, static_cast<char>('a' + i)); }
  static Rows rows(int from, int until) {
    Rows rows;
    for (int i = from; i < until; ++i) rows.push_back(row(i));
    return rows;
  }
};

TEST_F(ReuseTest, FindsNothingOfTheFormerRowsAfterACrash) {
  reuse_a_file();
  disk_.fail("truncate", EIO);  // As a crash, which leaves the rest of the file as it is.
  spool_->stop();
  EXPECT_GT(std::filesystem::file_size(files().back()), 1'000'000u);
  EXPECT_EQ(left(), rows(5, 17));
  EXPECT_EQ(spool_->stats().segments.torn_bytes, 0u);
  EXPECT_EQ(spool_->stats().segments.damages, 0u);
}

TEST_F(ReuseTest, CutsATornTailOfAFileThatWasUsedBefore) {
  reuse_a_file();
  disk_.fail("truncate", EIO);
  spool_->stop();
  disk_.fail("truncate", 0);
  RecordBlocks torn;
  torn.add({row(17)});
  torn.seal(end());
  auto bytes = content(files().back());
  bytes.replace(end().offset, 1000, torn.records(), 0, 1000);
  overwrite(files().back(), bytes);
  EXPECT_EQ(left(), rows(5, 17));
  EXPECT_GT(spool_->stats().segments.torn_bytes, 0u);
  EXPECT_EQ(std::filesystem::file_size(files().back()), end().offset);
}

TEST_F(ReuseTest, KeepsEveryAcknowledgedRowThroughAPowerCut) {
  reuse_a_file();
  spool_->stop();
  disk_.cut_power();
  EXPECT_EQ(left(), rows(5, 17));
}

TEST_F(ReuseTest, StartsWithAFileThatWasRenamedAndNotYetWritten) {
  reuse_a_file();
  spool_->stop();
  auto bytes = content(files().back());
  bytes.replace(0, kSegmentHeaderBytes, segment_header(1));
  overwrite(files().back(), bytes);
  EXPECT_EQ(left(), rows(5, 17)) << "the header is not needed to find rows";
  EXPECT_EQ(spool_->stats().segments.torn_bytes, 0u);
}

TEST_F(ReuseTest, RemovesItsSpareFileWhenItStops) {
  settings_.limits.segment_bytes = 1 << 20;
  start();
  for (int i = 0; i < 6; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
  spool_->consumed({2, kSegmentHeaderBytes});
  EXPECT_EQ(files().size(), 2u);
  EXPECT_GT(spool_->stats().segments.bytes, 2'000'000u) << "it takes room until then";
  spool_->stop();
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ReuseTest, GivesItsSpareFileUpWhenRoomIsShort) {
  settings_.limits = {.max_bytes = 3 << 20, .segment_bytes = 1 << 20};
  start();
  int kept = 0;
  while (keep(row(0)) == Outcome::kKept) ++kept;
  EXPECT_GE(kept, 10);
  spool_->consumed({2, kSegmentHeaderBytes});
  keep_at_last(row(1));
  EXPECT_LE(spool_->stats().segments.bytes, 3u << 20);
}

TEST_F(SpoolTest, NumbersSegmentsBeyondEveryCounterOfSixteenAndThirtyTwoBits) {
  std::filesystem::create_directories(settings_.folder);
  settings_.limits.segment_bytes = 240;
  settings_.sync = Sync::kProcess;
  for (const std::uint64_t first : {65'530ULL, 4'294'967'290ULL}) {
    overwrite(settings_.folder / segment_name(first), segment_header(first));
    start();
    for (int i = 0; i < 10; ++i) ASSERT_EQ(keep(std::string(150, 'x')), Outcome::kKept);
    EXPECT_EQ(end().segment, first + 10);
    spool_->consumed(end());
    spool_->stop();
    EXPECT_EQ(files().size(), 1u);
    EXPECT_EQ(segment_number(files()[0]), first + 10);
    spool_->consumed({first + 11, kSegmentHeaderBytes});
  }
}

// Records hold the time for people only: neither order nor anything else depends on it.
TEST_F(SpoolTest, KeepsRowsInOrderWhereverTheClockJumps) {
  {
    Segments segments(disk_, settings_.folder, settings_.limits);
    ASSERT_TRUE(segments.open());
    SegmentWriter writer(disk_, segments, Sync::kDisk);
    char name = 'a';
    for (const std::uint32_t seconds : {2'000'000'000U, 1U, 4'294'967'295U, 0U}) {
      RecordBlocks records;
      records.add({std::string(1, name++), seconds});
      ASSERT_TRUE(writer.make_room(records.size()));
      ASSERT_TRUE(writer.append(records, 1));
    }
    writer.finish();
  }
  EXPECT_EQ(left(), (Rows{"a", "b", "c", "d"}));
}

TEST_F(SpoolTest, LivesThroughMoreSegmentsThanSixteenBitsCanCount) {
  settings_.limits.segment_bytes = 100;
  settings_.sync = Sync::kProcess;
  UnsyncedDisk disk;  // And in memory, where there is such a folder: this is about numbers.
  if (access("/dev/shm", W_OK) == 0) {
    std::filesystem::remove_all(folder_);
    std::string name = "/dev/shm/spool_XXXXXX";
    folder_ = mkdtemp(name.data());
    settings_.folder = folder_ / "spool";
  }
  Segments segments(disk, settings_.folder, settings_.limits);
  ASSERT_TRUE(segments.open());
  SegmentWriter writer(disk, segments, Sync::kProcess);
  for (int i = 0; i < 70'000; ++i) {
    RecordBlocks records;
    records.add({"0123456789"});
    ASSERT_TRUE(writer.make_room(records.size()));
    const auto run = writer.append(records, 1);
    ASSERT_TRUE(run);
    const auto read = segments.read(run->begin, run->end);
    ASSERT_TRUE(read && read->rows == 1) << i;
    segments.consumed(run->end);
  }
  EXPECT_GT(segments.first().segment, 65'536u);
  EXPECT_LE(files().size(), 2u);
}

}  // namespace
}  // namespace rs::spool
