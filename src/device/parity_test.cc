// The same answers as Matomo's own program: 39,007 user agents of ../shared/data/device, every
// field.

#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "device/json_lines.h"
#include "device/test_database.h"

namespace rs::device {
namespace {

using simdjson::dom::element, simdjson::dom::element_type;

bool same(element a, element b) {
  if (a.type() != b.type()) return false;
  if (a.type() != element_type::OBJECT) return simdjson::minify(a) == simdjson::minify(b);
  const auto left = a.get_object().value(), right = b.get_object().value();
  if (left.size() != right.size()) return false;
  for (const auto [name, value] : left) {
    element other;
    if (right[name].get(other) != simdjson::SUCCESS || !same(value, other)) return false;
  }
  return true;
}

struct Tally {
  int asked = 0, wrong = 0;
};

void ask_file(const std::filesystem::path& file, Detector& detector, Tally& tally) {
  QuestionReader question;
  simdjson::dom::parser expected_parser, answer_parser;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_TRUE(question.read(line));
    std::string answer;
    append_answer(answer, detector.detect(question.user_agent(), question.hints()));
    const element record = expected_parser.parse(line);
    element expected;
    if (record["expected_npm"].get(expected) != simdjson::SUCCESS) expected = record["expected"];
    ++tally.asked;
    if (same(expected, answer_parser.parse(answer))) continue;
    if (++tally.wrong <= 40) {
      ADD_FAILURE() << file.filename().string() << "\n  " << question.user_agent() << "\n  "
                    << simdjson::minify(record["headers"].value()) << "\n  expected "
                    << simdjson::minify(expected) << "\n  found    " << answer;
    }
  }
}

TEST(Parity, IsCompleteWithTheReferenceAnswers) {
  const auto folder = reference_answers();
  if (!folder) GTEST_SKIP() << "no shared/data/device beside the repository";
  const auto detector = test_detector();
  Tally tally;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() == ".jsonl") ask_file(entry.path(), *detector, tally);
  }
  std::printf("agree: %d of %d reference answers\n", tally.asked - tally.wrong, tally.asked);
  EXPECT_GT(tally.asked, 39'000);
  EXPECT_EQ(tally.wrong, 0);
}

}  // namespace
}  // namespace rs::device
