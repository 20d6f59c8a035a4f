#pragma once
// Google's REST services: JSON in, JSON out, with a token. Every answer that is not 2xx becomes a
// RestError that says what the service said. Never retries; waits for its answer, or until it is
// stopped. Thread-safe.

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "google/json.h"
#include "google/token_source.h"

namespace rs::google {

struct RestError {
  int status = 0;      // Of HTTP; 0 when there was no answer.
  std::string reason;  // Google's word, such as "rateLimitExceeded"; may be empty.
  Error error;         // What it means to us, and a message for an operator.
};

struct RestRequest {
  std::string method = "GET";
  std::string path{};      // From the base URL on, with its query.
  std::string body{};      // JSON, or empty.
  std::string if_match{};  // Header If-Match; empty for none.
  std::stop_token stop{};  // Ends the call, and the wait for a token.
};

template <class T>
using RestResult = tl::expected<T, RestError>;

class RestClient {
 public:
  // `base_url` such as "https://bigquery.googleapis.com". `tokens` may be null for a test server
  // that asks for none.
  RestClient(std::string base_url, std::shared_ptr<TokenSource> tokens)
      : base_url_(std::move(base_url)), tokens_(std::move(tokens)) {}

  // A token that is refused (401) is renewed, and the request sent once more.
  [[nodiscard]] RestResult<Json> call(const RestRequest& request) const;

  [[nodiscard]] const std::string& base_url() const { return base_url_; }

 private:
  const std::string base_url_;
  const std::shared_ptr<TokenSource> tokens_;
};

}  // namespace rs::google
