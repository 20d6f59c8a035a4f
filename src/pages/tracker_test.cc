#include "pages/tracker.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "coding/body_decoder.h"
#include "pages/assets.h"

namespace rs::pages {
namespace {

class TrackerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tracker-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // As a careful operator does it: written beside, then renamed.
  void put(const std::string& script) const {
    std::ofstream(folder_ / "new") << script;
    std::filesystem::rename(folder_ / "new", folder_ / "v6.js");
  }

  static http::Response ask(const Tracker& tracker, std::string_view if_none_match = {}) {
    http::Request request;
    request.known[static_cast<std::size_t>(http::Known::kIfNoneMatch)] = if_none_match;
    http::Response response;
    tracker.fill(request, response);
    return response;
  }
  static std::string script(const http::Response& response) {
    return response.shared_body.data() != nullptr ? std::string(response.shared_body)
                                                  : response.body;
  }
  static std::string etag(const http::Response& response) {
    const auto from = response.headers.find("ETag: ") + 6;
    return response.headers.substr(from, response.headers.find("\r\n", from) - from);
  }

  std::filesystem::path folder_;
};

TEST_F(TrackerTest, ServesTheBuiltInScriptWithoutAFolder) {
  const Tracker tracker("");
  EXPECT_EQ(script(ask(tracker)), assets::kTracker);
}

TEST_F(TrackerTest, ServesTheBuiltInScriptWhileTheFolderHasNone) {
  const Tracker tracker(folder_);
  EXPECT_EQ(script(ask(tracker)), assets::kTracker);
}

TEST_F(TrackerTest, FollowsTheFileAsItComesChangesAndGoes) {
  const Tracker tracker(folder_);
  const std::string built_in = etag(ask(tracker));

  put("first()");
  const http::Response first = ask(tracker);
  EXPECT_EQ(script(first), "first()");
  EXPECT_EQ(first.content_type, "application/javascript");
  EXPECT_NE(etag(first), built_in);
  EXPECT_EQ(ask(tracker, etag(first)).status, 304);
  EXPECT_EQ(script(ask(tracker, etag(first))), "");

  put("second");  // As long as the first.
  const http::Response second = ask(tracker, etag(first));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(script(second), "second");

  std::filesystem::remove(folder_ / "v6.js");
  EXPECT_EQ(script(ask(tracker)), assets::kTracker);
}

TEST_F(TrackerTest, SendsTheFileEncoded) {
  const std::string text(3000, 'a');
  put(text);
  const Tracker tracker(folder_);
  coding::BodyDecoder decoder;
  for (const std::string_view accepted : {"gzip", "br"}) {
    http::Request request;
    request.known[static_cast<std::size_t>(http::Known::kAcceptEncoding)] = accepted;
    http::Response response;
    tracker.fill(request, response);
    EXPECT_NE(response.headers.find("Content-Encoding: " + std::string(accepted) + "\r\n"),
              std::string::npos);
    EXPECT_NE(response.headers.find("Vary: Accept-Encoding\r\n"), std::string::npos);
    ASSERT_EQ(decoder.decode(coding::choose_coding(accepted), response.body, 10'000),
              coding::BodyDecoder::Status::kDone);
    EXPECT_EQ(decoder.decoded(), text);
    put("short()");
    tracker.fill(request, response);
    put(text);
  }
  EXPECT_EQ(ask(tracker).headers.find("Content-Encoding"), std::string::npos);
}

TEST_F(TrackerTest, ServesAnEmptyFile) {
  put("");
  const http::Response response = ask(Tracker(folder_));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(script(response), "");
}

TEST_F(TrackerTest, FollowsALinkAsMountedConfigurationUsesThem) {
  std::ofstream(folder_ / "real.js") << "linked()";
  std::filesystem::create_symlink("real.js", folder_ / "v6.js");
  EXPECT_EQ(script(ask(Tracker(folder_))), "linked()");
}

TEST_F(TrackerTest, TakesNoFolderAndNoHugeFile) {
  std::filesystem::create_directory(folder_ / "v6.js");
  const Tracker tracker(folder_);
  EXPECT_EQ(script(ask(tracker)), assets::kTracker);

  std::filesystem::remove(folder_ / "v6.js");
  put(std::string(kTrackerBytesMax + 1, ' '));
  EXPECT_EQ(script(ask(tracker)), assets::kTracker);
  put(std::string(kTrackerBytesMax, ' '));
  EXPECT_EQ(script(ask(tracker)).size(), kTrackerBytesMax);
}

TEST_F(TrackerTest, GivesWholeScriptsToAllThreadsWhileTheFileChanges) {
  const std::string one(5000, '1');
  const std::string two(7000, '2');
  put(one);
  const Tracker tracker(folder_);
  const auto read_often = [&] {
    for (int i = 0; i < 500; ++i) {
      // One that has nothing from before, and one that has.
      for (const std::string& got : {script(ask(Tracker(folder_))), script(ask(tracker))}) {
        ASSERT_TRUE(got == one || got == two) << got.size();
      }
    }
  };
  std::thread reader(read_often);
  std::thread other_reader(read_often);
  for (int i = 0; i < 100; ++i) put(i % 2 == 0 ? two : one);
  reader.join();
  other_reader.join();
}

}  // namespace
}  // namespace rs::pages
