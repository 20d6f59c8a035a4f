#pragma once
// What proves to Google's services who calls: a bearer token, and where one comes from.

#include <chrono>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace rs::google {

using WallClock = std::chrono::system_clock;

struct Token {
  std::string value;  // Secret: never in a message or a log.
  WallClock::time_point expires;
};

// Gets a new token. Slow: it may ask a server, until `stop`. Called by one thread at a time.
// An Error that is retryable means "not now"; any other, that these credentials will never do.
class TokenFetcher {
 public:
  virtual ~TokenFetcher() = default;
  virtual Result<Token> fetch(WallClock::time_point now, const std::stop_token& stop) = 0;
};

// What every fetcher asks for: all services this program may use, one token for REST and gRPC.
inline constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform";

}  // namespace rs::google
