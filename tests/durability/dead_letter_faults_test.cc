// Dead letters over a disk that fails, is full, is damaged or loses its power.

#include <cerrno>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "delivery/delivery_fixture.h"
#include "delivery/replay.h"

namespace rs::delivery {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DeadLetterFaults : public DeliveryTest {
 protected:
  Result<void> keep(std::vector<std::string> reasons,
                    DeadLetters::Bound bound = DeadLetters::Bound::kHolds) {
    std::vector<DeadLetter> letters;
    for (const auto& reason : reasons) letters.push_back({row_, reason, 1});
    return letters_->append("manual", letters, bound);
  }
  void begin_process() { letters_ = std::make_unique<DeadLetters>(disk_, dead_, max_bytes_); }
  std::vector<std::string> found() {
    begin_process();
    return dead_letter_reasons();
  }
  std::vector<std::string> damaged_lines() {
    std::vector<std::string> lines;
    letters_->read({.letter = [](const auto&) {},
                    .damaged = [&](const auto& line) { lines.push_back(line.text()); }});
    return lines;
  }
  fs::path only_file(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".jsonl") return entry.path();
    }
    return {};
  }
  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // How the sink is asked, and what comes of it.
  Result<ReplayProgress> replay(std::size_t rows) {
    ManualSink sink;
    Delivery delivery(sink, *letters_, {}, quick_);
    delivery.start();
    Replay replay(*letters_, delivery);
    auto done = std::async(std::launch::async, [&] { return replay.run(); });
    for (std::size_t written = 0; written < rows;) written += sink.end_write().size();
    return done.get();
  }

  const fs::path dead_ = folder_ / "data" / "dead-letters";
  const std::string row_ = row_named("bad");
  std::uint64_t max_bytes_ = DeadLetters::kNoBound;
};

TEST_F(DeadLetterFaults, AKeptLetterOutlivesAPowerCut) {
  begin_process();
  ASSERT_TRUE(keep({"first"}));
  disk_.cut_power();
  EXPECT_THAT(found(), ElementsAre("first"));
  ASSERT_TRUE(keep({"second"}));
  ASSERT_TRUE(keep({"third"}));
  disk_.cut_power();
  EXPECT_THAT(found(), ElementsAre("first", "second", "third"));
}

TEST_F(DeadLetterFaults, AKeptLetterOutlivesAPowerCutBehindFilesThatWereMovedAway) {
  begin_process();
  ASSERT_TRUE(keep({"first"}));
  ASSERT_TRUE(DeadLetters(disk_, dead_).set_aside());  // By the command, which is a process.
  ASSERT_TRUE(keep({"second"}));
  disk_.cut_power();
  EXPECT_THAT(found(), ElementsAre("first", "second"));
}

TEST_F(DeadLetterFaults, ALetterThatIsSetAsideOutlivesAPowerCut) {
  begin_process();
  ASSERT_TRUE(keep({"first"}));
  ASSERT_TRUE(letters_->set_aside());
  disk_.cut_power();
  EXPECT_THAT(found(), ElementsAre("first"));
}

TEST_F(DeadLetterFaults, ADroppedLetterDoesNotComeBackAfterAPowerCut) {
  begin_process();
  ASSERT_TRUE(keep({"set aside"}));
  ASSERT_TRUE(letters_->set_aside());
  ASSERT_TRUE(keep({"kept"}));
  EXPECT_EQ(letters_->drop().value(), 2u);
  disk_.cut_power();
  EXPECT_THAT(found(), IsEmpty());
}

struct Failure {
  const char* call;
  int error;
};

class DeadLetterDiskFailure : public DeadLetterFaults,
                              public testing::WithParamInterface<Failure> {};

TEST_P(DeadLetterDiskFailure, IsAnErrorAndTheNextTryKeepsEachLetterOnce) {
  begin_process();
  if (GetParam().call != std::string("make_folder")) {
    ASSERT_TRUE(keep({"before"}));
  }
  disk_.fail(GetParam().call, GetParam().error);
  begin_process();  // Which has yet to make its folder durable.
  EXPECT_FALSE(keep({"a", "b"}));
  EXPECT_FALSE(keep({"a", "b"}));
  disk_.fail(GetParam().call, 0);
  ASSERT_TRUE(keep({"a", "b"}));
  disk_.cut_power();
  auto reasons = found();
  ASSERT_THAT(reasons, Not(IsEmpty()));
  if (reasons.front() == "before") reasons.erase(reasons.begin());
  EXPECT_THAT(reasons, ElementsAre("a", "b"));
}

INSTANTIATE_TEST_SUITE_P(Each, DeadLetterDiskFailure,
                         testing::Values(Failure{"make_folder", EROFS}, Failure{"create", ENOSPC},
                                         Failure{"create", EMFILE}, Failure{"write", ENOSPC},
                                         Failure{"write", EIO}, Failure{"sync", EIO},
                                         Failure{"read", EIO}, Failure{"sync_folder", EIO}),
                         [](const auto& failure) {
                           return std::string(failure.param.call) + "_" +
                                  strerrorname_np(failure.param.error);
                         });

TEST_F(DeadLetterFaults, HalfOfSomeLettersIsNoneOfThem) {
  begin_process();
  ASSERT_TRUE(keep({"before"}));
  const auto before = content(only_file(dead_));
  for (const long torn : {1L, 30L, static_cast<long>(before.size() * 3 / 2)}) {
    disk_.tear_writes(torn);
    const auto kept = keep({"first", "second", "third"});
    ASSERT_FALSE(kept);
    EXPECT_THAT(kept.error().message, HasSubstr("No space left on device"));
    EXPECT_EQ(content(only_file(dead_)), before) << torn;
    disk_.tear_writes(-1);
  }
  ASSERT_TRUE(keep({"after"}));
  EXPECT_THAT(found(), ElementsAre("before", "after"));
}

TEST_F(DeadLetterFaults, LettersTakeNoMoreRoomThanTheyMay) {
  max_bytes_ = 2000;
  begin_process();
  std::size_t kept = 0;
  while (keep({"bad"})) ++kept;
  EXPECT_GT(kept, 2u);
  EXPECT_LE(letters_->bytes(), 2000u);
  EXPECT_EQ(letters_->bytes(), fs::file_size(only_file(dead_)));
  const auto refused = keep({"bad"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOverloaded);
  EXPECT_THAT(refused.error().message, HasSubstr("DEAD_LETTERS__MAX_BYTES is 2000"));
  EXPECT_EQ(found().size(), kept);
  EXPECT_TRUE(keep({"promised"}, DeadLetters::Bound::kIgnored));
  EXPECT_FALSE(keep({"bad"}));
  ASSERT_TRUE(letters_->set_aside());
  EXPECT_TRUE(keep({"bad"})) << "what is set aside does not count";
  ASSERT_TRUE(letters_->drop());
  EXPECT_EQ(letters_->bytes(), 0u);
}

// One damaged line costs no other: neither in a list nor in a replay, which keeps its bytes.
class DamagedLetterTest : public DeadLetterFaults {
 protected:
  DamagedLetterTest() {
    begin_process();
    EXPECT_TRUE(keep({"first"}));
    std::ofstream(only_file(dead_), std::ios::app) << "{\"time\":\"torn\n";
    EXPECT_TRUE(keep({"second"}));
  }
};

TEST_F(DamagedLetterTest, IsSkippedAndNamed) {
  std::vector<std::string> reasons;
  letters_->read({.letter = [&](const auto& letter) { reasons.push_back(letter.reason); },
                  .damaged = [](const auto&) {}});
  EXPECT_THAT(reasons, ElementsAre("first", "second"));
  EXPECT_THAT(damaged_lines(), ElementsAre(only_file(dead_).string() + ":2: not JSON"));
}

TEST_F(DamagedLetterTest, IsKeptByAReplayWhichWritesTheOthers) {
  ASSERT_TRUE(letters_->set_aside());
  const auto done = replay(2);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->delivered, 2u);
  EXPECT_EQ(done->damaged, 1u);
  EXPECT_THAT(letters_->set_aside_files(), IsEmpty());
  disk_.cut_power();
  EXPECT_EQ(content(only_file(dead_ / "damaged")), "{\"time\":\"torn\n");
  EXPECT_EQ(letters_->drop().value(), 1u);
}

TEST_F(DamagedLetterTest, IsKeptWithItsFileWhereItCannotBeCopied) {
  ASSERT_TRUE(letters_->set_aside());
  const auto whole = content(only_file(dead_ / "replay"));
  disk_.fail("write", ENOSPC);
  ASSERT_TRUE(replay(2));
  EXPECT_THAT(letters_->set_aside_files(), IsEmpty());
  EXPECT_EQ(content(only_file(dead_ / "damaged")), whole);
}

TEST_F(DamagedLetterTest, MayBeASectorThatTheDiskRefusesToRead) {
  const auto file = only_file(dead_);
  {
    std::ofstream out(file, std::ios::app);
    out << std::string(200'000, ' ') << "\n";
  }
  disk_.break_sectors(file.filename(), 150'000, 150'512);
  std::vector<std::string> reasons;
  letters_->read({.letter = [&](const auto& letter) { reasons.push_back(letter.reason); },
                  .damaged = [](const auto&) {}});
  EXPECT_THAT(reasons, ElementsAre("first", "second"));
  EXPECT_THAT(damaged_lines(),
              ElementsAre(HasSubstr(":2: not JSON"), HasSubstr(":4: cannot read")));

  ASSERT_TRUE(letters_->set_aside());
  const auto whole = content(only_file(dead_ / "replay"));
  disk_.mend_sectors();
  disk_.break_sectors(only_file(dead_ / "replay").filename(), 150'000, 150'512);
  ASSERT_TRUE(replay(2));
  EXPECT_EQ(content(only_file(dead_ / "damaged")), whole) << "what follows is not known";
}

TEST_F(DamagedLetterTest, OfAFileThatCannotBeRemovedMakesNoRowComeTwice) {
  ASSERT_TRUE(letters_->set_aside());
  ManualSink sink;
  Delivery delivery(sink, *letters_, {}, quick_);
  delivery.start();
  Replay replay(*letters_, delivery);
  for (const char* call : {"remove", "rename", "make_folder"}) disk_.fail(call, EROFS);
  auto first = std::async(std::launch::async, [&] { return replay.run(); });
  for (std::size_t written = 0; written < 2;) written += sink.end_write().size();
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(replay.run()) << "without a row";
  for (const char* call : {"remove", "rename", "make_folder"}) disk_.fail(call, 0);
  EXPECT_TRUE(replay.run());
  EXPECT_EQ(sink.writes_begun(), 0u);
  EXPECT_THAT(letters_->set_aside_files(), IsEmpty());
}

TEST_F(DeadLetterFaults, LettersOfAReplayThatDidNotBeginAreStillFoundAndDropped) {
  begin_process();
  ASSERT_TRUE(keep({"set aside"}));
  ASSERT_TRUE(letters_->set_aside());
  ASSERT_TRUE(keep({"kept"}));
  EXPECT_THAT(found(), ElementsAre("set aside", "kept"));
  EXPECT_EQ(letters_->drop().value(), 2u);
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace rs::delivery
