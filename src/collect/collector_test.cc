#include "collect/collector.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "delivery/dead_letters.h"
#include "row/decode.h"
#include "sink/memory_sink.h"

namespace rs::collect {
namespace {

using namespace std::chrono_literals;

class SilentMailbox final : public Mailbox {
 public:
  void post(std::span<const Settlement>) override {}
};

// A collector in front of a delivery whose sink is memory.
class CollectorTest : public testing::Test {
 protected:
  void start(Acknowledge acknowledge, delivery::BatchLimits limits = {.batch_rows = 1}) {
    settings_.acknowledge = acknowledge;
    delivery_ = std::make_unique<delivery::Delivery>(sink_, letters_, limits);
    ASSERT_TRUE(delivery_->start());
    collector_ = std::make_unique<Collector>(settings_, world_, *delivery_, stats_);
  }

  http::Answer post(std::string_view body, std::string_view stream_id = "1") {
    // The padding that the HTTP layer promises.
    body_.assign(body);
    body_.append(http::kBodyPadding, '\0');
    request_.body = std::string_view(body_).substr(0, body.size());
    response_.reset();
    return collector_->collect(request_, stream_id, {&mailbox_, 1}, response_);
  }
  void set_header(http::Known field, std::string_view value) {
    request_.known[static_cast<std::size_t>(field)] = value;
  }
  std::string_view body() const {
    return response_.shared_body.data() != nullptr ? response_.shared_body : response_.body;
  }
  // Everything stored, as JSON.
  std::vector<std::string> rows() {
    delivery_->stop(delivery::Clock::time_point::max());
    std::vector<std::string> rows;
    for (const auto& encoded : sink_.rows()) {
      EXPECT_TRUE(row::append_json(rows.emplace_back(), encoded));
    }
    return rows;
  }
  std::uint64_t refused(delivery::Refused reason) {
    return delivery_->stats().accounting.refused[static_cast<std::size_t>(reason)];
  }

  FixedWorld world_{1'764'000'000'000'000};
  sink::MemorySink sink_;
  delivery::DeadLetters letters_{std::filesystem::path(testing::TempDir()) / "collector_letters"};
  CollectorSettings settings_;
  CollectorStats stats_;
  SilentMailbox mailbox_;
  std::unique_ptr<delivery::Delivery> delivery_;
  std::unique_ptr<Collector> collector_;
  http::Request request_;
  http::Response response_;
  std::string body_;
};

constexpr std::string_view kPageView = R"({"event_name":"page_view"})";

TEST_F(CollectorTest, AnswersAtOnceWhenReceivedIsPromised) {
  start(Acknowledge::kReceived);
  EXPECT_EQ(post(kPageView), http::Answer::kNow);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(body(), R"({"status":"ok"})");
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(CollectorTest, AnswersLaterWhenDeliveredIsPromised) {
  start(Acknowledge::kDelivered);
  EXPECT_EQ(post(kPageView), http::Answer::kLater);
  EXPECT_EQ(body(), R"({"status":"ok"})");
}

TEST_F(CollectorTest, TurnsAFailedPromiseIntoAnErrorThatKeepsItsHeaders) {
  start(Acknowledge::kDelivered);
  (void)post(kPageView);
  const auto headers = response_.headers;
  collector_->settle(Outcome::kRefused, response_);
  EXPECT_EQ(response_.status, 503);
  EXPECT_EQ(response_.headers, headers + "Retry-After: 1\r\n");
  collector_->settle(Outcome::kRejected, response_);
  EXPECT_EQ(response_.status, 422);
  EXPECT_NE(body().find("dead letters"), std::string_view::npos);
}

TEST_F(CollectorTest, GivesANewVisitorAnIdAndSetsItsCookie) {
  start(Acknowledge::kReceived);
  set_header(http::Known::kHost, "www.example.co.uk");
  (void)post(kPageView);
  const auto at = response_.headers.find("__uid__=");
  ASSERT_NE(at, std::string::npos);
  const auto id = response_.headers.substr(at + 8, 36);
  EXPECT_NE(response_.headers.find("; Domain=example.co.uk; Path=/; Max-Age=63072000; Secure; "
                                   "HttpOnly; SameSite=None\r\n"),
            std::string::npos);
  EXPECT_NE(rows().at(0).find("\"user_pseudo_id\":\"" + id + "\""), std::string::npos);
  EXPECT_EQ(stats_.new_visitors.value(), 1u);
}

TEST_F(CollectorTest, SetsTheCookieOfAKnownVisitorAgain) {
  start(Acknowledge::kReceived);
  set_header(http::Known::kCookie, "_ga=1; __uid__=visitor-7");
  (void)post(kPageView);
  EXPECT_NE(response_.headers.find("Set-Cookie: __uid__=visitor-7;"), std::string::npos);
  EXPECT_NE(rows().at(0).find(R"("user_pseudo_id":"visitor-7")"), std::string::npos);
  EXPECT_EQ(stats_.new_visitors.value(), 0u);
}

TEST_F(CollectorTest, GivesAnEventAnIdUnlessItBringsOne) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"a"})");
  (void)post(R"({"event_name":"b","event_id":""})");
  (void)post(R"({"event_name":"c","event_id":"mine"})");
  const auto stored = rows();
  // Version 7 begins with the time: 1764000000000 ms is 019ab697-e800.
  EXPECT_NE(stored.at(0).find(R"("event_id":"019ab697-e800-7)"), std::string::npos) << stored[0];
  EXPECT_NE(stored.at(1).find(R"("event_id":"019ab697-e800-7)"), std::string::npos) << stored[1];
  EXPECT_NE(stored.at(2).find(R"("event_id":"mine")"), std::string::npos);
}

TEST_F(CollectorTest, SetsNoDomainForHostsThatHaveNone) {
  start(Acknowledge::kReceived);
  for (const char* host : {"localhost", "localhost:8000", "1.2.3.4", "[::1]:8000", "co.uk", ""}) {
    set_header(http::Known::kHost, host);
    (void)post(kPageView);
    EXPECT_NE(response_.headers.find("Set-Cookie: __uid__="), std::string::npos) << host;
    EXPECT_EQ(response_.headers.find("Domain="), std::string::npos) << host;
  }
}

TEST_F(CollectorTest, NeitherReadsNorSetsNorStoresACookieWithoutConsent) {
  start(Acknowledge::kReceived);
  set_header(http::Known::kCookie, "__uid__=visitor-7");
  (void)post(R"({"event_name":"page_view","privacy_info":{"analytics_storage":false}})");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(response_.headers.find("Set-Cookie"), std::string::npos);
  const auto stored = rows().at(0);
  EXPECT_EQ(stored.find("user_pseudo_id"), std::string::npos);
  EXPECT_EQ(stored.find("visitor-7"), std::string::npos);
}

TEST_F(CollectorTest, RefusesAStreamIdThatIsNoInteger) {
  start(Acknowledge::kReceived);
  for (const char* bad : {"one", "1.5", "9223372036854775808", "1x", "+-1", ""}) {
    EXPECT_EQ(post(kPageView, bad), http::Answer::kNow);
    EXPECT_EQ(response_.status, 422) << bad;
    EXPECT_NE(body().find(R"("loc":["path","stream_id"])"), std::string_view::npos);
  }
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 6u);
  (void)post(kPageView, "-007");
  EXPECT_NE(rows().at(0).find(R"("stream_id":"-7")"), std::string::npos);
}

TEST_F(CollectorTest, RefusesAnInvalidEventWithItsPathAndCountsIt) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"a","event_params":[{"key":"k","value":{"int_value":{}}}]})");
  EXPECT_EQ(response_.status, 422);
  EXPECT_NE(body().find(R"("loc":["body","event_params",0,"value","int_value"])"),
            std::string_view::npos)
      << body();
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 1u);
  EXPECT_EQ(response_.headers.find("Set-Cookie"), std::string::npos);
}

TEST_F(CollectorTest, RefusesWhenFullAndTakesEventsAgainWhenTheSinkResumes) {
  sink_.pause();
  start(Acknowledge::kReceived, {.batch_rows = 1, .held_rows = 2});
  (void)post(kPageView);
  (void)post(kPageView);
  EXPECT_EQ(response_.status, 200);
  (void)post(kPageView);
  EXPECT_EQ(response_.status, 503);
  EXPECT_NE(response_.headers.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(refused(delivery::Refused::kQueueFull), 1u);
  sink_.resume();
  EXPECT_EQ(rows().size(), 2u);
}

TEST_F(CollectorTest, CountsWhatTheHttpLayerRefused) {
  start(Acknowledge::kReceived);
  const struct {
    http::Refusal refusal;
    delivery::Refused reason;
  } cases[] = {
      {http::Refusal::kBadRequest, delivery::Refused::kMalformed},
      {http::Refusal::kTimeout, delivery::Refused::kTimeout},
      {http::Refusal::kBodyTooLarge, delivery::Refused::kTooLarge},
      {http::Refusal::kHeadersTooLarge, delivery::Refused::kTooLarge},
      {http::Refusal::kBadEncoding, delivery::Refused::kMalformed},
  };
  for (const auto& [refusal, reason] : cases) {
    const auto before = refused(reason);
    response_.reset();
    response_.status = 400;
    collector_->refuse(refusal, response_);
    EXPECT_EQ(refused(reason), before + 1);
    EXPECT_EQ(body().substr(0, 11), "{\"detail\":\"");
  }
  EXPECT_TRUE(delivery_->stats().accounting.adds_up());
}

TEST_F(CollectorTest, CountsTopLevelKeysItDoesNotKnow) {
  start(Acknowledge::kReceived);
  (void)post(R"({"event_name":"a","surprise":1,"other":[{}]})");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(stats_.unknown_keys.value(), 2u);
}

}  // namespace
}  // namespace rs::collect
