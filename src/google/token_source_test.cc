#include "google/token_source.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rs::google {
namespace {

using std::chrono::seconds;

// Hands out what the test has laid ready; waits while it is held.
class ScriptedTokens final : public TokenFetcher {
 public:
  Result<Token> fetch(WallClock::time_point now, const std::stop_token& stop) override {
    ++fetches;
    while (held && !stop.stop_requested()) std::this_thread::yield();
    if (failing || stop.stop_requested()) {
      return fail(ErrorCode::kUnavailable, "the token server is down");
    }
    return Token{"token-" + std::to_string(fetches.load()), now + life};
  }
  std::atomic<int> fetches = 0;
  std::atomic<bool> held = false, failing = false;
  seconds life{3600};
};

class TokenSourceTest : public testing::Test {
 protected:
  std::string token() { return source_.token().value_or("none"); }
  void wait_for_fetches(int count) {
    while (scripted_->fetches < count) std::this_thread::yield();
  }

  std::atomic<std::int64_t> now_ = 1'800'000'000;
  ScriptedTokens* scripted_ = new ScriptedTokens;
  TokenSource source_{std::unique_ptr<TokenFetcher>(scripted_), "quota",
                      [this] { return WallClock::time_point(seconds(now_.load())); }};
};

TEST_F(TokenSourceTest, FetchesOnceForManyCallers) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([this] { EXPECT_EQ(token(), "token-1"); });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(scripted_->fetches, 1);
}

TEST_F(TokenSourceTest, UsesTheOldTokenWhileTheNewOneIsFetched) {
  EXPECT_EQ(token(), "token-1");
  now_ += 3600 - 301;
  EXPECT_EQ(token(), "token-1");
  EXPECT_EQ(scripted_->fetches, 1);
  scripted_->held = true;
  now_ += 80;  // 221 seconds before its end.
  EXPECT_EQ(token(), "token-1");
  wait_for_fetches(2);
  EXPECT_EQ(token(), "token-1");
  scripted_->held = false;
  while (token() != "token-2") std::this_thread::yield();
}

TEST_F(TokenSourceTest, Case45UsesTheOldTokenUntilItExpiresWhenNoNewOneIsIssued) {
  EXPECT_EQ(token(), "token-1");
  scripted_->failing = true;
  now_ += 3600 - 100;
  EXPECT_EQ(token(), "token-1");
  wait_for_fetches(2);
  now_ += 99;
  EXPECT_EQ(token(), "token-1");
  now_ += 70;
  const auto none = source_.token();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "the token server is down");
  EXPECT_TRUE(none.error().retryable());
  scripted_->failing = false;
  now_ += 70;
  EXPECT_NE(token(), "none");
}

TEST_F(TokenSourceTest, DoesNotAskAgainRightAfterAFailure) {
  scripted_->failing = true;
  EXPECT_EQ(token(), "none");
  EXPECT_EQ(token(), "none");
  EXPECT_EQ(scripted_->fetches, 1);
  now_ += 1;
  EXPECT_EQ(token(), "none");
  EXPECT_EQ(scripted_->fetches, 2);
}

TEST_F(TokenSourceTest, Case44FetchesAnewWhenAServiceRefusesTheToken) {
  EXPECT_EQ(token(), "token-1");
  source_.refused("some other token");
  EXPECT_EQ(token(), "token-1");
  source_.refused("token-1");
  EXPECT_EQ(token(), "token-2");
  source_.refused("token-1");
  EXPECT_EQ(token(), "token-2");
}

TEST_F(TokenSourceTest, RenewsShortLivedTokensAtHalfTheirLife) {
  scripted_->life = seconds(100);
  EXPECT_EQ(token(), "token-1");
  now_ += 49;
  EXPECT_EQ(token(), "token-1");
  EXPECT_EQ(scripted_->fetches, 1);
  now_ += 1;
  EXPECT_EQ(token(), "token-1");
  wait_for_fetches(2);
}

TEST_F(TokenSourceTest, WaitsForNoTokenOnceTheCallerStops) {
  scripted_->held = true;
  std::stop_source stop;
  std::thread stopping([&] {
    wait_for_fetches(1);
    stop.request_stop();
  });
  const auto none = source_.token(stop.get_token());
  stopping.join();
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().retryable());
}

TEST_F(TokenSourceTest, EndsAFetchInProgressWhenItStops) {
  scripted_->held = true;
  std::thread stopping([&] {
    wait_for_fetches(1);
    source_.stop();
  });
  EXPECT_EQ(token(), "none");
  stopping.join();
  EXPECT_EQ(token(), "none");
  EXPECT_EQ(scripted_->fetches, 1);
}

TEST_F(TokenSourceTest, GivesOutAValidTokenAfterItHasStopped) {
  EXPECT_EQ(token(), "token-1");
  source_.stop();
  EXPECT_EQ(token(), "token-1");
  now_ += 3600;
  EXPECT_EQ(token(), "none");
  EXPECT_EQ(scripted_->fetches, 1);
}

TEST_F(TokenSourceTest, SaysThatTheClockIsWrongWhenATokenIsBornExpired) {
  scripted_->life = seconds(-10);
  const auto none = source_.token();
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("clock"), std::string::npos);
}

}  // namespace
}  // namespace rs::google
