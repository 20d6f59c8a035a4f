// A spool in a folder where another user has put links with the names of its files.

#include <gmock/gmock.h>

#include "spool/segment_header.h"
#include "spool/spool_fixture.h"

namespace rs::spool {
namespace {

using ::testing::HasSubstr;

class SpoolLinksTest : public SpoolTest {
 protected:
  SpoolLinksTest() {
    std::filesystem::create_directory(settings_.folder);
    overwrite(victim_, kText);
  }
  // Why the spool cannot be opened with a link of this name in it.
  std::string mistake(const std::string& name) {
    std::filesystem::create_symlink(victim_, settings_.folder / name);
    const auto opened = open();
    return opened ? "" : opened.error().message;
  }

  static constexpr const char* kText = "somebody's text";
  std::filesystem::path victim_ = folder_ / "victim";
};

TEST_F(SpoolLinksTest, DoesNotWriteThroughALinkedPosition) {
  EXPECT_THAT(mistake("position"), HasSubstr("position: it is a symbolic link"));
  EXPECT_EQ(content(victim_), kText);
}

TEST_F(SpoolLinksTest, DoesNotCutTheTargetOfALinkedSegment) {
  EXPECT_THAT(mistake(segment_name(1)), HasSubstr("it is a symbolic link"));
  EXPECT_EQ(content(victim_), kText);
}

}  // namespace
}  // namespace rs::spool
