#include "google/service_account.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "google/jwt.h"
#include "google/token_request.h"

namespace rs::google {
namespace {

using std::chrono::seconds;

// A token made at the same moment by a clock that is a little ahead of Google's is accepted.
constexpr seconds kBackdated{60};
constexpr seconds kLife{3600};

class ServiceAccountTokens final : public TokenFetcher {
 public:
  ServiceAccountTokens(std::string email, std::string_view key_id, std::string private_key)
      : email_(std::move(email)), private_key_(std::move(private_key)) {
    header_ = R"({"alg":"RS256","typ":"JWT","kid":")";
    append_json_escaped(header_, key_id);
    header_ += "\"}";
  }

  Result<Token> fetch(WallClock::time_point now, const std::stop_token& /*stop*/) override {
    const auto issued = std::chrono::floor<seconds>(now) - kBackdated;
    const auto expires = issued + kLife;
    std::string email;
    append_json_escaped(email, email_);
    const auto claims =
        fmt::format(R"({{"iss":"{0}","sub":"{0}","scope":"{1}","iat":{2},"exp":{3}}})", email,
                    kScope, issued.time_since_epoch().count(), expires.time_since_epoch().count());
    RS_TRY(auto token, sign_jwt(header_, claims, private_key_));
    return Token{std::move(token), expires};
  }

 private:
  const std::string email_;
  const std::string private_key_;
  std::string header_;
};

}  // namespace

Result<std::unique_ptr<TokenFetcher>> service_account_tokens(const Json& key) {
  RS_TRY(auto email, required(key, "client_email"));
  RS_TRY(auto private_key, required(key, "private_key"));
  auto tokens = std::make_unique<ServiceAccountTokens>(
      std::move(email), key.text("/private_key_id"), std::move(private_key));
  RS_TRY(const auto probe, tokens->fetch(WallClock::now(), {}));
  static_cast<void>(probe);
  return tokens;
}

}  // namespace rs::google
