#include "app/request_log.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include <gmock/gmock.h>

#include "obs/log.h"

namespace rs::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RequestLogTest : public ::testing::Test {
 protected:
  RequestLogTest() : out_(std::tmpfile()) {
    obs::log_to(out_, obs::LogFormat::kStructured, obs::Level::kInfo, "demo");
    request_.method_text = "POST";
    request_.path = "/api/v1/streaming/1";
    request_.query = "email=ann@example.com";
    request_.body = "{}";
    request_.known[static_cast<std::size_t>(http::Known::kXCloudTraceContext)] =
        "105445aa7843bc8bf206b12000100000/74;o=1";
    response_.status = 422;
  }
  ~RequestLogTest() override {
    obs::log_to(stdout, obs::LogFormat::kReadable, obs::Level::kError);
    std::fclose(out_);
  }

  std::string printed() {
    EXPECT_TRUE(obs::log_flush(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    std::string text(64 * 1024, '\0');
    std::rewind(out_);
    text.resize(std::fread(text.data(), 1, text.size(), out_));
    return text;
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  std::FILE* out_;
  http::Request request_;
  http::Response response_;
  RequestLog log_;
};

TEST_F(RequestLogTest, NamesRequestStatusAndTraceButNothingPersonal) {
  log_.note(request_, response_, 1'000'000);
  const std::string text = printed();
  EXPECT_THAT(text, HasSubstr("\"severity\":\"WARNING\""));
  EXPECT_THAT(text, HasSubstr("\"requestUrl\":\"/api/v1/streaming/1\",\"status\":422"));
  EXPECT_THAT(text, HasSubstr("projects/demo/traces/105445aa7843bc8bf206b12000100000"));
  EXPECT_THAT(text, Not(HasSubstr("ann@example.com")));
}

TEST_F(RequestLogTest, SaysHowManyItLeftOutOfASecond) {
  for (int i = 0; i < 100; ++i) log_.note(request_, response_, 1'000'000 + i);
  EXPECT_EQ(lines(printed()), RequestLog::kLinesPerSecond);
  log_.note(request_, response_, 2'000'000);
  EXPECT_EQ(lines(printed()), RequestLog::kLinesPerSecond + 1);
  EXPECT_THAT(printed(), HasSubstr("422, after 95 more that are not logged"));
}

TEST_F(RequestLogTest, SaysHowManyWereRefusedAfterWaiting) {
  response_.status = 503;
  log_.note_settled(response_, 1'000'000);
  for (int i = 0; i < 100; ++i) log_.note_settled(response_, 1'000'001 + i);
  EXPECT_EQ(lines(printed()), 1u);
  EXPECT_THAT(printed(), HasSubstr("1 request was answered 503 after waiting"));
  log_.note_settled(response_, 2'000'000);
  EXPECT_EQ(lines(printed()), 2u);
  EXPECT_THAT(printed(), HasSubstr("101 requests were answered 503 after waiting"));
}

}  // namespace
}  // namespace rs::app
