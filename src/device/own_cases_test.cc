// Cases of our own, every kind of device, client, bot, hint and nonsense: tests/cases/device.jsonl.
// Their answers are those of the detector when it agreed with all reference answers, read through
// for sense.

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "device/json_lines.h"
#include "device/test_database.h"

namespace rs::device {
namespace {

class OwnCases : public ::testing::Test {
 protected:
  // Calls each(line, question) for every case.
  template <class Each>
  int for_each(Each&& each) {
    QuestionReader question;
    std::ifstream lines(std::filesystem::path(RS_SOURCE_DIR) / "tests/cases/device.jsonl");
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_TRUE(question.read(line)) << line;
      each(line, question);
    }
    return count;
  }
  static std::string answer(const Detection& detection) {
    std::string out;
    append_answer(out, detection);
    return out;
  }
};

TEST_F(OwnCases, AreAnsweredAsTheyWereReviewed) {
  const auto detector = test_detector();
  const int count = for_each([&](const std::string& line, const QuestionReader& question) {
    const auto found = answer(detector->detect(question.user_agent(), question.hints()));
    EXPECT_TRUE(line.ends_with(",\"expected\":" + found + "}")) << line << "\nfound " << found;
  });
  EXPECT_GE(count, 300);
}

TEST_F(OwnCases, AreAnsweredTheSameFromTheCache) {
  auto made = CachedDetector::create(test_data(), 1024);
  ASSERT_TRUE(made);
  CachedDetector& detector = **made;
  int kept = 0;
  const int count = for_each([&](const std::string& line, const QuestionReader& question) {
    const auto first = answer(detector.detect(question.question()));
    EXPECT_EQ(answer(detector.detect(question.question())), first) << line;
    kept += detector.was_cached() ? 1 : 0;
  });
  EXPECT_GT(kept, count * 9 / 10);  // All but those with unusually long texts.
}

TEST_F(OwnCases, AreKeptApartByTheirHints) {
  auto made = CachedDetector::create(test_data(), 1024);
  ASSERT_TRUE(made);
  Question question{
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/131.0.0.0 Mobile Safari/537.36",
      {}};
  EXPECT_EQ((*made)->detect(question).device.model, "");
  question[Hint::kModel] = "\"Pixel 8\"";
  EXPECT_EQ((*made)->detect(question).device.model, "Pixel 8");
  question[Hint::kModel] = "";
  EXPECT_EQ((*made)->detect(question).device.model, "");
}

TEST_F(OwnCases, AreRememberedUpToTheLimitAndNotAtAllWithZero) {
  auto none = CachedDetector::create(test_data(), 0);
  ASSERT_TRUE(none);
  Question question{"curl/8.5.0", {}};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((*none)->detect(question).client.name, "curl");
    EXPECT_FALSE((*none)->was_cached());
  }
  auto few = CachedDetector::create(test_data(), 8);
  ASSERT_TRUE(few);
  int cached = 0;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string agent = "curl/8.5." + std::to_string(i);
      EXPECT_EQ((*few)->detect({agent, {}}).client.version, agent.substr(5));
      cached += (*few)->was_cached() ? 1 : 0;
    }
  }
  EXPECT_LE(cached, 8);
}

}  // namespace
}  // namespace rs::device
