#pragma once
// The one source of tokens, for REST and gRPC alike.
//   TokenFetcher --fetch, ahead of expiry--> [ token ] --token()--> any number of callers
// A token is renewed 225 to 300 seconds before it expires, in the background, by whoever asks
// meanwhile; until then, and as long as renewing fails, the old one is used until it really
// expires. Only a caller that finds no valid token at all waits for one. After a failed fetch the
// next is tried 1 second later at the earliest, then 2, 4, ... 60. Thread-safe.

#include <functional>
#include <memory>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/mutex.h"
#include "base/result.h"
#include "google/token.h"

namespace rs::google {

class TokenSource {
 public:
  using Now = std::function<WallClock::time_point()>;

  // `quota_project` is charged for the calls (x-goog-user-project); empty for none.
  explicit TokenSource(std::unique_ptr<TokenFetcher> fetcher, std::string quota_project = {},
                       Now now = WallClock::now);
  ~TokenSource();  // Stops.
  TokenSource(const TokenSource&) = delete;
  TokenSource& operator=(const TokenSource&) = delete;

  // A valid token. Waits for a fetch only when there is none, and then until `stop` at most.
  [[nodiscard]] Result<std::string> token(const std::stop_token& stop = {});

  // No token is fetched from here on, and nobody waits for one; a fetch in progress ends soon. A
  // valid token is given out as before.
  void stop();

  // A service did not accept `token`: the next token() gets a new one, unless that has happened
  // since.
  void refused(std::string_view token);

  [[nodiscard]] const std::string& quota_project() const { return quota_project_; }

 private:
  void renew();  // On the thread of its own.
  void wake_waiting();
  void take(Result<Token> fetched) REQUIRES(mutex_);
  void start_renewing() REQUIRES(mutex_);

  const std::unique_ptr<TokenFetcher> fetcher_;
  const std::string quota_project_;
  const Now now_;
  std::stop_source stop_;

  Mutex mutex_;
  CondVar changed_;
  Token token_ GUARDED_BY(mutex_);
  WallClock::time_point renew_at_ GUARDED_BY(mutex_){};
  Error error_ GUARDED_BY(mutex_){ErrorCode::kUnavailable, "no token was asked for yet"};
  unsigned failures_ GUARDED_BY(mutex_) = 0;
  bool fetching_ GUARDED_BY(mutex_) = false;
  std::minstd_rand random_ GUARDED_BY(mutex_){std::random_device{}()};
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace rs::google
