// The fast search against a plain pass over the same lists by PCRE2 alone: mutated user agents get
// the same answer. RS_DIFFERENTIAL sets how many; ./dev differential asks for 100,000.

#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/json_lines.h"
#include "device/test_database.h"

namespace rs::device {
namespace {

constexpr int kUsual = 1'000;

std::vector<std::string> all_lines() {
  std::vector<std::string> lines;
  const auto read = [&lines](const std::filesystem::path& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  };
  read(std::filesystem::path(RS_SOURCE_DIR) / "tests/cases/device.jsonl");
  if (const auto folder = reference_answers()) {
    for (const char* name : {"smartphone.jsonl", "tv.jsonl", "parser-client-browser.jsonl",
                             "parser-os.jsonl", "bots.jsonl", "clienthints.jsonl"}) {
      read(*folder / name);
    }
  }
  return lines;
}

// Cut, joined, doubled, with letters and cases swapped: what no list was written for.
std::string mutate(std::string text, const std::string& other, std::mt19937& random) {
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit == 0 ? 0 : limit - 1)(random);
  };
  for (std::size_t rounds = 1 + below(4); rounds > 0 && !text.empty(); --rounds) {
    const std::size_t at = below(text.size()), size = below(text.size() - at) % 40;
    switch (below(7)) {
      case 0:
        text.erase(at, size);
        break;
      case 1:
        text.insert(at, other.substr(below(other.size()), 40));
        break;
      case 2:
        text = text.substr(0, at) + other.substr(below(other.size()));
        break;
      case 3:
        text[at] = static_cast<char>(32 + below(95));
        break;
      case 4:
        for (auto& c : text) c = static_cast<char>(below(4) == 0 ? std::toupper(c) : c);
        break;
      case 5:
        text.insert(at, text.substr(at, size));
        break;
      default:
        text[at] = " ;/_-()\n.\xc3"[below(10)];
        break;
    }
  }
  return text.substr(0, 600);
}

std::string answer(Detector& detector, const std::string& agent, const ClientHints& hints) {
  std::string out;
  append_answer(out, detector.detect(agent, hints));
  return out;
}

TEST(Differential, GivesTheAnswersOfAPlainPassOverTheLists) {
  const char* wanted = std::getenv("RS_DIFFERENTIAL");
  const int count = wanted != nullptr ? std::atoi(wanted) : kUsual;
  const auto lines = all_lines();
  ASSERT_FALSE(lines.empty());
  const auto fast = test_detector(), plain = test_detector(Search::kPlain);
  std::mt19937 random(20'260'819);
  std::uniform_int_distribution<std::size_t> any(0, lines.size() - 1);
  QuestionReader question, other;
  int differ = 0;
  for (int i = 0; i < count && differ < 10; ++i) {
    ASSERT_TRUE(question.read(lines[any(random)]));
    ASSERT_TRUE(other.read(lines[any(random)]));
    const auto agent =
        mutate(std::string(question.user_agent()), std::string(other.user_agent()), random);
    // The hints of either: those that do not belong to the user agent are the more telling ones.
    const ClientHints& hints = i % 2 == 0 ? question.hints() : other.hints();
    const auto expected = answer(*plain, agent, hints);
    const auto found = answer(*fast, agent, hints);
    EXPECT_EQ(found, expected) << agent;
    differ += found == expected ? 0 : 1;
  }
}

}  // namespace
}  // namespace rs::device
