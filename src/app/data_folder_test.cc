#include "app/data_folder.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "obs/log.h"

namespace rs::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    std::string name = fs::temp_directory_path() / "data_folder_XXXXXX";
    root_ = ::mkdtemp(name.data());
    folder_ = root_ / "data";
    std::ofstream(root_ / "victim") << "somebody's text";
  }
  ~DataFolderTest() override { fs::remove_all(root_); }

  // Why the claim fails; empty when it does not.
  std::string mistake() {
    const auto claimed = DataFolder::claim(folder_);
    return claimed ? "" : claimed.error().message;
  }
  std::string victim() {
    std::ifstream in(root_ / "victim");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // What claim() logs.
  std::string warnings() {
    const auto log = root_ / "log";
    std::FILE* out = std::fopen(log.c_str(), "w");
    obs::log_to(out, obs::LogFormat::kReadable, obs::Level::kWarning);
    EXPECT_EQ(mistake(), "");
    EXPECT_TRUE(obs::log_flush(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    obs::log_to(stderr, obs::LogFormat::kReadable, obs::Level::kError);
    std::fclose(out);
    std::ifstream in(log);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path root_, folder_;
};

TEST_F(DataFolderTest, IsMadeForItsOwnerAlone) {
  EXPECT_EQ(mistake(), "");
  struct stat status {};
  ASSERT_EQ(::stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(DataFolderTest, IsClaimedByOneAtATime) {
  const auto first = DataFolder::claim(folder_);
  ASSERT_TRUE(first);
  EXPECT_THAT(mistake(), HasSubstr("in use by another real-streaming (process "));
}

TEST_F(DataFolderTest, LeavesTheTargetOfALinkedLockFileAlone) {
  fs::create_directory(folder_);
  fs::create_symlink(root_ / "victim", folder_ / "real-streaming.lock");
  EXPECT_THAT(mistake(), HasSubstr("real-streaming.lock in WRITERS__DATA_DIR: it is a symbolic"));
  EXPECT_EQ(victim(), "somebody's text");
}

TEST_F(DataFolderTest, MayBeALinkItself) {
  fs::create_directory(root_ / "elsewhere");
  fs::create_directory_symlink(root_ / "elsewhere", folder_);
  EXPECT_EQ(mistake(), "");
}

TEST_F(DataFolderTest, HoldsNoLinkInThePlaceOfOurFoldersAndDuckdbsFiles) {
  for (const char* name : {"spool", "dead-letters", "dead-letters/replay", "spool/damaged",
                           "events.duckdb", "events.duckdb.wal"}) {
    fs::remove_all(folder_);
    fs::create_directories((folder_ / name).parent_path());
    fs::create_symlink(root_ / "victim", folder_ / name);
    EXPECT_THAT(mistake(), HasSubstr(std::string(name) + ": it is a symbolic link")) << name;
  }
}

TEST_F(DataFolderTest, WarnsWhenEveryUserMayWriteToIt) {
  EXPECT_THAT(warnings(), IsEmpty());
  ASSERT_EQ(::chmod(folder_.c_str(), 01777), 0);
  EXPECT_THAT(warnings(), HasSubstr("may be written to by every user of this machine (mode 1777)"));
}

}  // namespace
}  // namespace rs::app
