#include "google/authorized_user.h"

#include <utility>

#include "google/token_request.h"

namespace rs::google {
namespace {

class AuthorizedUserTokens final : public TokenFetcher {
 public:
  AuthorizedUserTokens(std::string url, std::string body)
      : url_(std::move(url)), body_(std::move(body)) {}

  Result<Token> fetch(WallClock::time_point now, const std::stop_token& stop) override {
    return request_token({.method = "POST",
                          .url = url_,
                          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                          .body = body_,
                          .stop = stop},
                         now);
  }

 private:
  const std::string url_;
  const std::string body_;
};

}  // namespace

Result<std::unique_ptr<TokenFetcher>> authorized_user_tokens(const Json& document) {
  RS_TRY(auto id, required(document, "client_id"));
  RS_TRY(auto secret, required(document, "client_secret"));
  RS_TRY(auto refresh, required(document, "refresh_token"));
  auto url = document.text("/token_uri");
  if (url.empty()) url = "https://oauth2.googleapis.com/token";
  return std::make_unique<AuthorizedUserTokens>(std::move(url),
                                                form({{"grant_type", "refresh_token"},
                                                      {"client_id", std::move(id)},
                                                      {"client_secret", std::move(secret)},
                                                      {"refresh_token", std::move(refresh)}}));
}

}  // namespace rs::google
