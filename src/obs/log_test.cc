#include "obs/log.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "obs/log_format.h"

namespace rs::obs {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr std::int64_t kTime = 1'768'473'045'123'456;  // 2026-01-15 10:30:45.123456 UTC
constexpr LogSource kServe{"/work/src/tree/src/app/serve.cc", "start", 34};

LogRecord record(std::string_view message, Level level = Level::kInfo) {
  return {level, kServe, kTime, message};
}

TEST(ReadableLog, PrintsAlignedColumns) {
  EXPECT_EQ(format_readable(record("Application started", Level::kDebug)),
            "DEBUG     2026-01-15 10:30:45.123 - serve        - start:34               - "
            "Application started - [src/app/serve.cc]\n");
  EXPECT_EQ(format_readable({Level::kInfo,
                             {"../../src/delivery/delivery.cc", "write", 32},
                             kTime,
                             "Batch of 10 rows written"}),
            "INFO      2026-01-15 10:30:45.123 - delivery     - write:32               - "
            "Batch of 10 rows written - [src/delivery/delivery.cc]\n");
}

TEST(ReadableLog, NamesEveryLevelInTheSameWidth) {
  EXPECT_THAT(format_readable(record("x", Level::kWarning)), MatchesRegex("WARNING   2026-.*\n"));
  EXPECT_THAT(format_readable(record("x", Level::kError)), MatchesRegex("ERROR     2026-.*\n"));
}

TEST(ReadableLog, StaysOneLineWhateverTheMessageHolds) {
  EXPECT_THAT(format_readable(record("two\nlines\x1b[31m\xc2\x9b")),
              HasSubstr(" - two\\nlines\\x1b[31m\\u009b - ["));
}

TEST(ReadableLog, CutsAMessageThatWouldNotFitAPipe) {
  const std::string line = format_readable(record(std::string(100'000, 'x')));
  EXPECT_LT(line.size(), 4096u);
  EXPECT_THAT(line, EndsWith("x - [src/app/serve.cc]\n"));
}

// Whatever is escaped in it: 12 requests with a path of quotation marks once filled a pipe in the
// middle of a line.
TEST(Log, PutsEveryLineIntoOneAtomicWrite) {
  const std::string project(1000, '"');
  for (const char* piece :
       {"x", "\"", "\\", "\x01", "\xff", "\xc3\xbc", "\xf0\x9f\x98\x80", "\n"}) {
    std::string text;
    while (text.size() < 5000) text += piece;
    const RequestLine request{text, text, "105445aa7843bc8bf206b12000100000/74;o=1", 404, 12345};
    const LogRecord about_request{Level::kWarning, kServe, kTime, {}, &request};
    for (const auto& each : {record(text, Level::kWarning), about_request}) {
      EXPECT_LE(format_structured(each, project).size(), 4096u) << piece;
      EXPECT_LE(format_readable(each).size(), 4096u) << piece;
    }
  }
}

TEST(StructuredLog, CutsBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 5000) text += "\\";
  const std::string line = format_structured(record(text), "");
  EXPECT_THAT(line, HasSubstr("\\\\\",\"logging")) << "half an escape";
}

TEST(ReadableLog, SaysWhatBecameOfARequest) {
  const RequestLine request{"POST", "/api/v1/streaming/1", "", 422, 7};
  EXPECT_THAT(format_readable({Level::kInfo, kServe, kTime, {}, &request}),
              HasSubstr(" - POST /api/v1/streaming/1 422, after 7 more that are not logged - "));
}

TEST(StructuredLog, PrintsOneJsonObject) {
  EXPECT_EQ(format_structured(record("said \"so\"\n", Level::kWarning), "demo"),
            "{\"severity\":\"WARNING\",\"time\":\"2026-01-15T10:30:45.123456Z\","
            "\"message\":\"said \\\"so\\\"\\n\","
            "\"logging.googleapis.com/sourceLocation\":"
            "{\"file\":\"src/app/serve.cc\",\"line\":\"34\",\"function\":\"start\"}}\n");
}

TEST(StructuredLog, NamesTheRequestAndItsTrace) {
  const RequestLine request{"POST", "/a\"b", "105445aa7843bc8bf206b12000100000/74;o=1", 503};
  EXPECT_EQ(format_structured({Level::kInfo, kServe, kTime, {}, &request}, "demo"),
            "{\"severity\":\"INFO\",\"time\":\"2026-01-15T10:30:45.123456Z\","
            "\"message\":\"POST /a\\\"b 503\","
            "\"httpRequest\":{\"requestMethod\":\"POST\",\"requestUrl\":\"/a\\\"b\","
            "\"status\":503},"
            "\"logging.googleapis.com/trace\":"
            "\"projects/demo/traces/105445aa7843bc8bf206b12000100000\","
            "\"logging.googleapis.com/spanId\":\"000000000000004a\","
            "\"logging.googleapis.com/trace_sampled\":true,"
            "\"logging.googleapis.com/sourceLocation\":"
            "{\"file\":\"src/app/serve.cc\",\"line\":\"34\",\"function\":\"start\"}}\n");
}

TEST(StructuredLog, LeavesOutATraceThatIsNotOne) {
  for (const char* header :
       {"", "/", "105445aa7843bc8bf206b1200010000/1", "105445aa7843bc8bf206b1200010000g/1;o=1",
        "\"},\"severity\":\"ERROR\",\"a\":{\"/1;o=1"}) {
    const RequestLine request{"GET", "/", header, 404};
    EXPECT_THAT(format_structured({Level::kInfo, kServe, kTime, {}, &request}, "demo"),
                Not(HasSubstr("trace")))
        << header;
  }
  const RequestLine bare{"GET", "/", "105445aa7843bc8bf206b12000100000", 404};
  const std::string line = format_structured({Level::kInfo, kServe, kTime, {}, &bare}, "demo");
  EXPECT_THAT(line, HasSubstr("/traces/105445aa7843bc8bf206b12000100000\""));
  EXPECT_THAT(line, Not(HasSubstr("spanId")));
  EXPECT_THAT(format_structured({Level::kInfo, kServe, kTime, {}, &bare}, ""),
              Not(HasSubstr("trace")))
      << "a trace without its project links to nothing";
}

// What the code under test printed into a temporary file.
class LogOutput : public ::testing::Test {
 protected:
  ~LogOutput() override { std::fclose(file_); }

  std::vector<std::string> lines() {
    EXPECT_TRUE(log_flush(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    std::rewind(file_);
    std::vector<std::string> out;
    char line[8192];
    while (std::fgets(line, sizeof line, file_) != nullptr) out.emplace_back(line);
    return out;
  }

  std::FILE* file_ = std::tmpfile();
};

TEST_F(LogOutput, HoldsWhatIsAtLeastAsSevereAsAsked) {
  log_to(file_, LogFormat::kReadable, Level::kInfo);
  EXPECT_FALSE(log_enabled(Level::kDebug));
  RS_LOG(kDebug, "not {}", "this");
  RS_LOG(kInfo, "{} rows", 10);
  const auto printed = lines();
  ASSERT_EQ(printed.size(), 1u);
  EXPECT_THAT(printed[0],
              MatchesRegex("INFO      20..-..-.. ..:..:..\\.... - log_test     - "
                           "TestBody:[0-9]+ .* - 10 rows - \\[src/obs/log_test.cc\\]\n"));
}

TEST_F(LogOutput, IsStructuredWhenAskedForThat) {
  log_to(file_, LogFormat::kStructured, Level::kDebug, "demo");
  log_request(Level::kDebug, RS_LOG_SOURCE, {"GET", "/healthz", "", 200});
  const auto printed = lines();
  ASSERT_EQ(printed.size(), 1u);
  EXPECT_THAT(printed[0], MatchesRegex("\\{\"severity\":\"DEBUG\".*\"httpRequest\".*\\}\n"));
}

TEST_F(LogOutput, KeepsTheLinesOfManyThreadsWhole) {
  log_to(file_, LogFormat::kReadable, Level::kDebug);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < 250; ++i) RS_LOG(kInfo, "{}", std::string(200, 'x'));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto printed = lines();
  ASSERT_EQ(printed.size(), 1000u);
  for (const auto& line : printed) EXPECT_EQ(line.size(), printed[0].size());
}

// Whoever reads the log and has stopped reading: callers, and the end of the process, do not wait.
TEST(Log, DoesNotWaitForAReader) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::FILE* out = fdopen(ends[1], "w");
  log_to(out, LogFormat::kStructured, Level::kDebug);
  const std::string quotes(3000, '"');
  for (int i = 0; i < 1000; ++i) RS_LOG(kInfo, "{}", quotes);
  EXPECT_GT(log_lines_dropped(), 0u);
  EXPECT_FALSE(log_flush(std::chrono::steady_clock::now()));
  ::close(ends[0]);  // The thread's write(2) ends.
  log_to(stdout, LogFormat::kReadable, Level::kError);
  EXPECT_EQ(log_lines_dropped(), 0u);
  std::fclose(out);
}

}  // namespace
}  // namespace rs::obs
