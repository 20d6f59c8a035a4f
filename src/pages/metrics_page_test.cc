#include "pages/metrics_page.h"

#include <string>

#include <gtest/gtest.h>

#include "coding/body_decoder.h"

namespace rs::pages {
namespace {

class MetricsPageTest : public testing::Test {
 protected:
  // The text that a request at this time is answered with.
  std::string ask(std::int64_t now_micros, std::string_view accepted = {}) {
    http::Request request;
    request.known[static_cast<std::size_t>(http::Known::kAcceptEncoding)] = accepted;
    response_.reset();
    page_.fill(now_micros, request, response_);
    if (response_.headers.find("Content-Encoding: ") == std::string::npos) return response_.body;
    const auto coding = coding::choose_coding(accepted);
    EXPECT_EQ(decoder_.decode(coding, response_.body, 10'000), coding::BodyDecoder::Status::kDone);
    return std::string(decoder_.decoded());
  }

  int measured_ = 0;
  const std::function<std::string()> measure_ = [this] {
    return "measured " + std::to_string(++measured_) + std::string(1000, '\n');
  };
  MetricsPage page_{measure_};
  coding::BodyDecoder decoder_;
  http::Response response_;
};

TEST_F(MetricsPageTest, IsOfTheMomentForWhoeverAsksNowAndThen) {
  for (int i = 1; i <= 1000; ++i) {
    EXPECT_EQ(ask(i * MetricsPage::kMicrosEach).substr(9, 5).find(std::to_string(i)), 0u);
  }
}

TEST_F(MetricsPageTest, IsMeasuredAtMost200TimesASecond) {
  constexpr std::int64_t kStart = 1'000'000'000, kSecond = 1'000'000;
  for (std::int64_t i = 0; i < 10'000; ++i) ask(kStart + i * 100);
  EXPECT_LE(measured_, 200 + MetricsPage::kBurst);
  EXPECT_GE(measured_, 200);
  ask(kStart + 3 * kSecond);
  const int before = measured_;
  ask(kStart + 3 * kSecond + 1);
  EXPECT_EQ(measured_, before + 1);
  // A clock that is set back does not stop it.
  ask(kStart / 2);
  EXPECT_EQ(measured_, before + 2);
}

TEST_F(MetricsPageTest, IsTheSameInEveryCoding) {
  for (int i = 0; i < 200; ++i) ask(1);  // The budget is used up: the same page each time.
  const std::string plain = ask(1);
  EXPECT_EQ(response_.headers.find("Content-Encoding"), std::string::npos);
  for (const std::string_view accepted : {"gzip", "br", "gzip", "br"}) {
    EXPECT_EQ(ask(1, accepted), plain);
    EXPECT_NE(response_.headers.find("Content-Encoding: " + std::string(accepted)),
              std::string::npos);
    EXPECT_NE(response_.headers.find("Vary: Accept-Encoding"), std::string::npos);
    EXPECT_LT(response_.body.size(), plain.size());
  }
}

}  // namespace
}  // namespace rs::pages
