#include "delivery/dead_letters.h"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "row/encode.h"

namespace rs::delivery {
namespace {

class DeadLettersTest : public testing::Test {
 protected:
  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "dead_letters_XXXXXX";
    return mkdtemp(name.data());
  }
  DeadLettersTest() {
    row::Row row;
    row.event_name = "purchase";
    row.ecommerce.emplace().value = 99.99;
    encoded_ = row::Encoder().encode(row);
  }
  ~DeadLettersTest() override { std::filesystem::remove_all(folder_); }

  void keep(std::string_view reason, unsigned attempts = 1) {
    const DeadLetter letter{encoded_, reason, attempts};
    ASSERT_TRUE(letters_->append("local", {&letter, 1}));
  }
  [[nodiscard]] std::filesystem::path only_file() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ".jsonl") return entry.path();
    }
    return {};
  }
  // What is behind the last newline is a line, too.
  static std::size_t lines_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    return lines;
  }
  std::vector<KeptLetter> all() {
    std::vector<KeptLetter> found;
    letters_->read({.letter = [&](const auto& letter) { found.push_back(letter); },
                    .damaged = [](const auto& line) { ADD_FAILURE() << line.text(); }});
    return found;
  }

  const std::filesystem::path folder_ = new_folder();
  spool::RealDisk disk_;
  std::optional<DeadLetters> letters_{std::in_place, disk_, folder_};
  std::string encoded_;
};

TEST_F(DeadLettersTest, KeepsTheRowTheReasonTheTimeAndTheAttempts) {
  keep("column \"price\"\nis no number", 3);
  const auto found = all();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].reason, "column \"price\"\nis no number");
  EXPECT_EQ(found[0].sink, "local");
  EXPECT_EQ(found[0].attempts, 3);
  EXPECT_EQ(found[0].encoded, encoded_);
  EXPECT_EQ(found[0].time.size(), 27u);
  EXPECT_NE(found[0].row.find(R"("event_name":"purchase")"), std::string::npos);
  EXPECT_NE(found[0].row.find("99.99"), std::string::npos);
}

TEST_F(DeadLettersTest, KeepsBytesThatAreNoRow) {
  encoded_ = "\xff\xff\xff";
  keep("malformed");
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].row, "null");
  EXPECT_EQ(all()[0].encoded, encoded_);
}

TEST_F(DeadLettersTest, DropDeletesThemAndSaysHowMany) {
  keep("a");
  keep("b");
  EXPECT_EQ(letters_->drop().value(), 2u);
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(letters_->drop().value(), 0u);
}

TEST_F(DeadLettersTest, SetsAsideWhatIsThereAndKeepsWhatComesAfter) {
  EXPECT_FALSE(letters_->set_aside().value());
  keep("before");
  EXPECT_TRUE(letters_->set_aside().value());
  keep("after");
  ASSERT_EQ(letters_->set_aside_files().size(), 1u);
  ASSERT_EQ(all().size(), 2u);
  EXPECT_EQ(all()[0].reason, "before");
  EXPECT_TRUE(all()[0].is_set_aside);
  EXPECT_EQ(all()[1].reason, "after");
  EXPECT_FALSE(all()[1].is_set_aside);
}

TEST_F(DeadLettersTest, LetsTheServersUserClearWhatRootSetAside) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can act for another user";
  constexpr uid_t kServer = 61184;
  keep("before");
  ASSERT_EQ(::chown(folder_.c_str(), kServer, kServer), 0);
  EXPECT_TRUE(letters_->set_aside().value());
  struct stat replay {};
  ASSERT_EQ(::stat((folder_ / "replay").c_str(), &replay), 0);
  EXPECT_EQ(replay.st_uid, kServer);
}

// What a process leaves that is killed while it writes.
TEST_F(DeadLettersTest, ForgetsHalfALineAndKeepsWhatComesAfterIt) {
  keep("first");
  const std::filesystem::path file = only_file();
  std::size_t kept = 1;
  for (const std::size_t torn : {1u, 30u, 200'000u}) {
    std::ofstream(file, std::ios::app) << std::string(torn, '{');
    EXPECT_EQ(all().size(), kept);
    keep("next");
    ++kept;
    ASSERT_EQ(all().size(), kept) << torn;
    EXPECT_EQ(all().back().reason, "next");
    EXPECT_EQ(lines_of(file), kept) << "nothing of the half line is left";
  }
  std::ofstream(file) << "{";
  EXPECT_TRUE(all().empty());
  keep("the first again");
  EXPECT_EQ(all().size(), 1u);
}

}  // namespace
}  // namespace rs::delivery
