#include "obs/log.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
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
  EXPECT_THAT(format_readable(record("two\nlines\x1b[31m")), HasSubstr(" - two lines [31m - ["));
}

TEST(ReadableLog, CutsAMessageThatWouldNotFitAPipe) {
  const std::string line = format_readable(record(std::string(100'000, 'x')));
  EXPECT_LT(line.size(), 4096u);
  EXPECT_THAT(line, EndsWith("x - [src/app/serve.cc]\n"));
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

TEST(Log, DropsAndCountsLinesThatNobodyReads) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int capacity = fcntl(ends[1], F_SETPIPE_SZ, 4096);
  ASSERT_GT(capacity, 0);
  std::FILE* out = fdopen(ends[1], "w");
  log_to(out, LogFormat::kReadable, Level::kDebug);
  const std::string text(1000, 'x');
  for (int i = 0; i < capacity / 1000 + 10; ++i) RS_LOG(kInfo, "{}", text);
  EXPECT_GT(log_lines_dropped(), 5u);

  const std::uint64_t dropped = log_lines_dropped();
  std::string read_back(static_cast<std::size_t>(capacity), '\0');
  EXPECT_GT(read(ends[0], read_back.data(), read_back.size()), 0);
  RS_LOG(kInfo, "again");
  EXPECT_EQ(log_lines_dropped(), dropped);

  log_to(stdout, LogFormat::kReadable, Level::kError);
  std::fclose(out);
  close(ends[0]);
}

}  // namespace
}  // namespace rs::obs
