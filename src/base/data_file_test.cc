#include "base/data_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace rs {
namespace {

namespace fs = std::filesystem;

class DataFileTest : public testing::Test {
 protected:
  DataFileTest() {
    std::string name = fs::temp_directory_path() / "data_file_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    std::ofstream(folder_ / "victim") << "somebody's text";
  }
  ~DataFileTest() override { fs::remove_all(folder_); }

  // 0, or what opening the file named `mine` failed with.
  int open(int flags) {
    const int number = open_data_file(folder_ / "mine", flags);
    const Descriptor file(number);
    return number < 0 ? -number : 0;
  }
  std::string victim() {
    std::ifstream in(folder_ / "victim");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_;
};

TEST_F(DataFileTest, MakesAFileThatItsOwnerAloneReads) {
  EXPECT_EQ(open(O_RDWR | O_CREAT), 0);
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "mine").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(open(O_RDONLY), 0);
}

TEST_F(DataFileTest, EmptiesAFileThatItIsAskedToEmpty) {
  std::ofstream(folder_ / "mine") << "old";
  EXPECT_EQ(open(O_WRONLY | O_CREAT | O_TRUNC), 0);
  EXPECT_EQ(fs::file_size(folder_ / "mine"), 0u);
}

TEST_F(DataFileTest, FollowsNoSymbolicLink) {
  fs::create_symlink(folder_ / "victim", folder_ / "mine");
  for (const int flags : {O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC}) {
    EXPECT_EQ(open(flags), ELOOP) << flags;
  }
  EXPECT_EQ(victim(), "somebody's text");
}

TEST_F(DataFileTest, MakesNoFileWhereADanglingLinkPoints) {
  fs::create_symlink(folder_ / "new", folder_ / "mine");
  EXPECT_EQ(open(O_RDWR | O_CREAT), ELOOP);
  EXPECT_FALSE(fs::exists(folder_ / "new"));
}

TEST_F(DataFileTest, WritesToNoFileThatHasAnotherName) {
  fs::create_hard_link(folder_ / "victim", folder_ / "mine");
  EXPECT_EQ(open(O_WRONLY | O_CREAT | O_TRUNC), EMLINK);
  EXPECT_EQ(open(O_RDWR), EMLINK);
  EXPECT_EQ(open(O_RDONLY), 0);  // A copy of hard links may be looked at.
  EXPECT_EQ(victim(), "somebody's text");
}

TEST_F(DataFileTest, DoesNotWaitForTheOtherEndOfAFifo) {
  ASSERT_EQ(::mkfifo((folder_ / "mine").c_str(), 0600), 0);
  EXPECT_EQ(open(O_RDONLY), ENXIO);
  EXPECT_EQ(open(O_WRONLY), ENXIO);
  EXPECT_EQ(open(O_RDWR | O_CREAT), ENXIO);
}

TEST_F(DataFileTest, MakesAFolderOnce) {
  EXPECT_EQ(make_data_folder(folder_ / "a"), 0);
  EXPECT_EQ(make_data_folder(folder_ / "a"), -EEXIST);
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(DataFileTest, DoesNotTakeALinkOrAFileForAFolder) {
  fs::create_directory_symlink(folder_, folder_ / "link");
  EXPECT_EQ(make_data_folder(folder_ / "link"), -ELOOP);
  EXPECT_EQ(make_data_folder(folder_ / "victim"), -ENOTDIR);
}

TEST(Descriptor, ClosesWhatItHeldBeforeAMove) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  const int before = reader.get();
  reader = std::move(writer);
  EXPECT_EQ(reader.get(), ends[1]);
  EXPECT_FALSE(writer.is_open());
  EXPECT_EQ(::fcntl(before, F_GETFD), -1);
}

}  // namespace
}  // namespace rs
