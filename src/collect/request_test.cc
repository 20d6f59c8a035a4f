#include "collect/collector_fixture.h"

// Requests of several events, and of other protocols than the native one.

namespace rs::collect {
namespace {

TEST_F(CollectorTest, StoresEveryEventOfAList) {
  start(Acknowledge::kReceived);
  EXPECT_EQ(post(R"([{"event_name":"a","event_id":"1"},{"event_name":"b"},{"event_name":"c"}])"),
            http::Answer::kNow);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(body(), R"({"status":"ok"})");
  EXPECT_EQ(delivery_->stats().accounting.received, 3u);
  const auto stored = rows();
  ASSERT_EQ(stored.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    EXPECT_NE(stored[i].find("\"event_name\":\"" + name + "\""), std::string::npos) << stored[i];
  }
  EXPECT_NE(stored[0].find(R"("event_id":"1")"), std::string::npos);
  EXPECT_NE(stored[1].substr(stored[1].find(R"("event_id")"), 50),
            stored[2].substr(stored[2].find(R"("event_id")"), 50));
}

TEST_F(CollectorTest, GivesOneVisitorToAllEventsOfAListAndSetsOneCookie) {
  start(Acknowledge::kReceived);
  (void)post(R"([{"event_name":"a"},{"event_name":"b"}])");
  const auto at = response_.headers.find("__uid__=");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(response_.headers.find("__uid__=", at + 1), std::string::npos);
  const auto id = response_.headers.substr(at + 8, 36);
  for (const auto& row : rows()) {
    EXPECT_NE(row.find("\"user_pseudo_id\":\"" + id + "\""), std::string::npos) << row;
  }
  EXPECT_EQ(stats_.new_visitors.value(), 1u);
}

TEST_F(CollectorTest, WaitsForAPartOfThePromiseForEachEvent) {
  start(Acknowledge::kDelivered);
  EXPECT_EQ(post(R"([{"event_name":"a"},{"event_name":"b"}])"), http::Answer::kLater);
  EXPECT_EQ(response_.promise_parts, 2u);
  EXPECT_EQ(post(kPageView), http::Answer::kLater);
  EXPECT_EQ(response_.promise_parts, 1u);
}

TEST_F(CollectorTest, StoresNothingOfAListWithOneWrongEventAndCountsAllOfThem) {
  start(Acknowledge::kReceived);
  (void)post(R"([{"event_name":"a","surprise":1},{"event_name":"b"},{"event_name":""}])");
  EXPECT_EQ(response_.status, 422);
  EXPECT_NE(body().find(R"("loc":["body",2,"event_name"])"), std::string_view::npos) << body();
  EXPECT_EQ(response_.headers.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 3u);
  EXPECT_EQ(stats_.unknown_keys.value(), 0u);
  EXPECT_EQ(delivery_->stats().accounting.received, 3u);
  EXPECT_TRUE(rows().empty());
}

TEST_F(CollectorTest, RefusesAnEmptyListAsOneWrongRequest) {
  start(Acknowledge::kReceived);
  (void)post("[]");
  EXPECT_EQ(response_.status, 422);
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 1u);
}

TEST_F(CollectorTest, RefusesMoreEventsThanARequestMayHaveAndCountsAllOfThem) {
  start(Acknowledge::kReceived);
  (void)post(R"([{"event_name":"a"},{"event_name":"b"},{"event_name":"c"},{"event_name":"d"}])");
  EXPECT_EQ(response_.status, 413);
  EXPECT_NE(body().find("RUN__MAX_EVENTS"), std::string_view::npos);
  EXPECT_EQ(refused(delivery::Refused::kTooLarge), 4u);
  EXPECT_TRUE(rows().empty());
}

TEST_F(CollectorTest, RefusesAWholeListThatDoesNotFit) {
  sink_.pause();
  start(Acknowledge::kReceived, {.batch_rows = 1, .held_rows = 3});
  (void)post(R"([{"event_name":"a"},{"event_name":"b"}])");
  EXPECT_EQ(response_.status, 200);
  (void)post(R"([{"event_name":"c"},{"event_name":"d"}])");
  EXPECT_EQ(response_.status, 503);
  EXPECT_EQ(refused(delivery::Refused::kQueueFull), 2u);
  sink_.resume();
  EXPECT_EQ(rows().size(), 2u);
}

// What a protocol may do beyond the native one.
class OtherProtocol final : public Protocol {
 public:
  [[nodiscard]] bool uses_cookie() const override { return false; }
  Reading read(const http::Request& request, event::Facts& facts, Events& events) override {
    if (request.body.empty()) return {.receipt = Receipt::kEmpty};
    event::Payload payload;
    payload.event_name = "first";
    payload.platform = "IOS";
    payload.client_id = "client.1";
    facts.stream_id = "G-1";
    events.add(payload, facts);
    events.leave_out(delivery::Refused::kInvalidEvent, 2);
    payload.event_name = "second";
    payload.client_id.reset();
    events.add(payload, facts);
    return {.receipt = Receipt::kEmpty};
  }
};

TEST_F(CollectorTest, StoresWhatAnotherProtocolReadsAndCountsWhatItLeavesOut) {
  start(Acknowledge::kDelivered);
  OtherProtocol other;
  request_.body = "x";
  EXPECT_EQ(collector_->collect(other, request_, "", {&mailbox_, 1}, response_),
            http::Answer::kLater);
  EXPECT_EQ(response_.status, 204);
  EXPECT_EQ(response_.promise_parts, 2u);
  EXPECT_EQ(response_.headers, "");
  EXPECT_EQ(refused(delivery::Refused::kInvalidEvent), 2u);
  collector_->settle(Outcome::kRejected, response_);
  EXPECT_EQ(response_.status, 204) << "GA4's senders know nothing else";
  const auto stored = rows();
  ASSERT_EQ(stored.size(), 2u);
  for (const char* part : {R"("stream_id":"G-1")", R"("platform":"IOS")"}) {
    for (const auto& row : stored) EXPECT_NE(row.find(part), std::string::npos) << row;
  }
  EXPECT_NE(stored[0].find(R"("user_pseudo_id":"client.1")"), std::string::npos);
  EXPECT_EQ(stored[1].find("user_pseudo_id"), std::string::npos);
  collector_->settle(Outcome::kRefused, response_);
  EXPECT_EQ(response_.status, 503);
}

TEST_F(CollectorTest, AnswersAProtocolAtOnceThatFindsNoEvent) {
  start(Acknowledge::kDelivered);
  OtherProtocol other;
  EXPECT_EQ(collector_->collect(other, request_, "", {&mailbox_, 1}, response_),
            http::Answer::kNow);
  EXPECT_EQ(response_.status, 204);
  EXPECT_EQ(delivery_->stats().accounting.received, 0u);
}

}  // namespace
}  // namespace rs::collect
